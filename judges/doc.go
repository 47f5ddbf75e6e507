// Package judges holds what is known of a judge, a model or a program that
// scores answers: labels that people gave to some of the answers, how far judge
// and people agree, and the calibration that a project keeps of it.
//
// Everything here is a pure function of labels and of the judge's words.
package judges
