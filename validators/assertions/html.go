package assertions

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"sync"

	"golang.org/x/net/html"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

// maxHTML bounds what is read as HTML; promptfoo has the same bound.
const maxHTML = 10 << 20

func buildIsHTML(s *spec, _ any) (judgeFunc, error) {
	return func(_ context.Context, c *call) (grade, error) {
		problem := htmlProblem(c.text)
		return verdict(problem == "", s.inverse, func() string {
			if problem == "" {
				return "expected no HTML, got " + quote(c.text)
			}
			return problem + "; got " + quote(c.text)
		}), nil
	}, nil
}

func buildContainsHTML(s *spec, _ any) (judgeFunc, error) {
	return func(_ context.Context, c *call) (grade, error) {
		return verdict(signsOfHTML(c.text), s.inverse, func() string {
			return "expected a text with" + out(s.inverse) + " HTML, got " + quote(c.text)
		}), nil
	}, nil
}

// htmlProblem says why a text is no HTML, or "": it needs an element that HTML
// or a custom one has, and no text beside elements unless <body> is written.
func htmlProblem(text string) string {
	text = jsvalue.Trim(text)
	switch {
	case text == "":
		return "the output is empty"
	case len(text) > maxHTML:
		return "the output is too large"
	case len(text) >= 5 && strings.EqualFold(text[:5], "<?xml"):
		return "the output is XML"
	}
	doc, err := html.Parse(strings.NewReader(text))
	if err != nil {
		return "not HTML: " + err.Error()
	}
	written := writtenWrappers(text)
	body := findElement(doc, func(n *html.Node) bool { return n.Data == "body" })
	if body != nil && !written["body"] {
		for n := body.FirstChild; n != nil; n = n.NextSibling {
			if n.Type == html.TextNode && jsvalue.Trim(n.Data) != "" {
				return "text stands outside of HTML's elements"
			}
		}
	}
	known := func(n *html.Node) bool {
		switch name := strings.ToLower(n.Data); name {
		case "html", "head", "body":
			return written[name]
		default:
			return strings.Contains(name, "-") || slices.Contains(htmlElements(), name)
		}
	}
	if findElement(doc, known) == nil {
		return "there is no element of HTML"
	}
	return ""
}

// findElement finds the first element in the order of the text; what stands in a
// template is not looked at.
func findElement(n *html.Node, fits func(*html.Node) bool) *html.Node {
	if n.Type == html.ElementNode && fits(n) {
		return n
	}
	if n.Type == html.ElementNode && n.Data == "template" {
		return nil
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if found := findElement(c, fits); found != nil {
			return found
		}
	}
	return nil
}

// writtenWrappers says which of html, head and body come from a tag of the text;
// a parser adds those that are missing.
func writtenWrappers(text string) map[string]bool {
	written := map[string]bool{}
	z := html.NewTokenizer(strings.NewReader(text))
	stage := 0 // 0 before html, 1 before head, 2 in head, 3 after head
	for {
		kind := z.Next()
		switch kind {
		case html.ErrorToken:
			return written
		case html.CommentToken, html.DoctypeToken:
			continue
		case html.TextToken:
			if jsvalue.Trim(string(z.Raw())) == "" {
				continue
			}
			return written
		}
		raw, _ := z.TagName()
		name := string(raw)
		if kind == html.EndTagToken {
			switch {
			case name == "head" && stage == 2:
				stage = 3
			case name == "head" || name == "body" || name == "html" || name == "br":
				return written // they close what was never opened: the rest is in the body
			}
			continue
		}
		switch {
		case name == "html":
			if stage == 0 {
				written["html"], stage = true, 1
			}
		case name == "head" && stage < 2:
			written["head"], stage = true, 2
		case name == "body":
			written["body"] = true
			return written
		case slices.Contains(headElements(), name):
			if stage < 2 {
				stage = 2
			}
			skipText(z, name)
		default:
			return written
		}
	}
}

func headElements() []string {
	return []string{"base", "basefont", "bgsound", "link", "meta", "title", "noframes", "style", "script", "noscript", "template"}
}

// skipText passes what an element of the head holds besides tags.
func skipText(z *html.Tokenizer, name string) {
	if !slices.Contains([]string{"title", "style", "script", "noframes", "noscript", "template"}, name) {
		return
	}
	for {
		switch z.Next() {
		case html.ErrorToken:
			return
		case html.EndTagToken:
			if raw, _ := z.TagName(); string(raw) == name {
				return
			}
		}
	}
}

// htmlElements are the elements of HTML.
var htmlElements = sync.OnceValue(func() []string {
	return strings.Fields(`a abbr address area article aside audio b base bdi bdo blockquote body br button canvas caption cite code col
		colgroup data datalist dd del details dfn dialog div dl dt em embed fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6
		head header hr html i iframe img input ins kbd label legend li link main map mark math menu meta meter nav noscript object
		ol optgroup option output p param picture pre progress q rp rt ruby s samp script section select slot small source span
		strong style sub summary sup svg table tbody td template textarea tfoot th thead time title tr track u ul var video wbr`)
})

// htmlSigns are what makes a text look like HTML, and how much each weighs; 2 is
// enough.
var htmlSigns = sync.OnceValue(func() (s struct{ opening, closing, alone, entity, doctype, comment, attribute, common *regexp.Regexp }) {
	const name = `[a-zA-Z][a-zA-Z0-9-]*`
	const space = `[\s\v\x{00a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\x{feff}]`
	s.opening = regexp.MustCompile(`<` + name + `(?:` + space + `[^>]*)?>`)
	s.closing = regexp.MustCompile(`</` + name + space + `*>`)
	s.alone = regexp.MustCompile(`<` + name + `(?:` + space + `[^>]*)?/>`)
	s.entity = regexp.MustCompile(`&(?:[a-zA-Z]+|#[0-9]+|#x[0-9a-fA-F]+);`)
	s.doctype = regexp.MustCompile(`(?i)<!DOCTYPE` + space + `+html`)
	s.comment = regexp.MustCompile(`<!--[^-]*(?:-[^-]+)*-->`)
	s.attribute = regexp.MustCompile(space + `[a-zA-Z-]+=` + space + `*["'][^"']*["']`)
	s.common = regexp.MustCompile(`(?i)<(?:html|head|body|div|span|p|a|img|h[1-6]|ul|ol|li|table|tr|td|th|form|input|button|script|style|link|meta|br|hr)\b`)
	return s
})

func signsOfHTML(text string) bool {
	if len(text) > maxHTML {
		return false
	}
	s := htmlSigns()
	n := 0
	for _, sign := range []struct {
		re     *regexp.Regexp
		weight int
	}{{s.opening, 1}, {s.closing, 1}, {s.alone, 1}, {s.entity, 1}, {s.doctype, 2}, {s.comment, 1}, {s.attribute, 1}, {s.common, 2}} {
		if sign.re.MatchString(text) {
			n += sign.weight
		}
	}
	return n >= 2
}
