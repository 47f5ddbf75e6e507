// Package dotprompt reads prompts in the Dotprompt format (YAML front matter and
// a Handlebars template), tells what they need, and renders them to messages.
//
// A prompt is compiled once, with its partials, and then rendered from any
// number of goroutines. The template language is that of Handlebars 4.7 without
// HTML escaping, with Dotprompt's helpers and no others. Where this package
// differs from the reference implementation it refuses what would silently go
// wrong there: unknown keys of the front matter, an object put out as text,
// media without a URL, partials that include each other in a circle, partials
// whose name is computed, {{#*inline}}. Objects are walked in the order of
// their sorted keys, and two numbers side by side are never added up.
//
// Roles, media, sections and the history are never text on their way to the
// messages, so no value of a variable can stand for one.
package dotprompt
