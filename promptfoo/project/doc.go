// Package project reads a promptfoo project into plain values: the prompts, the
// providers, and the tests as they are after defaults, scenarios and lists of
// variables have been worked in, in the order in which promptfoo runs them.
//
// [Load] calls no provider and starts nothing of the user's, except through the
// ports of [Options]. What can't be run is a [Problem]; all of them are returned
// at once, with file and line, before anything is spent.
//
// A runner goes through [Project.Rows], makes a prompt's text with
// [Project.Render], the templates of assertions with [Project.Fill], and asks the provider that the row names.
package project

import (
	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

// Project is a configuration and all that it names, read. It is read-only after
// Load and may be used by several goroutines.
type Project struct {
	Dir         string // its folder, absolute: relative paths start here
	Shown       string // that folder as it was named: the basePath that scripts get
	Description string
	Tags        map[string]string

	Prompts   []Prompt
	Providers []Provider
	Tests     []Test // promptfoo's order: tests, then scenarios; lists of variables are expanded

	Default     *Test             // defaultTest as written, for reports; it is merged into Tests already; nil when absent
	Derived     []Derived         // derivedMetrics
	Filters     map[string]Code   // nunjucksFilters: name → function(value, ...arguments)
	Env         map[string]string // environment that templates see as env.X and scripts as process.env
	Evaluate    Evaluate
	CommandLine CommandLine

	// Judge, Embedder and Moderator are asked where nothing names one: those of the provider
	// that the environment has a key for; nil = none.
	Judge, Embedder, Moderator *Provider

	Outputs []string        // outputPath, relative to the working folder
	Raw     *jsvalue.Object // the configuration as read, for promptfoo-shaped results; keys of APIs are blanked

	cache  *templates
	reader *loader // reads configs that are put together while it runs

	Files    []string          // every file that was read, absolute, sorted, distinct: the digest of a run is over them
	Fetched  map[string]string // what was read from addresses, by name: part of that digest
	Programs []Program         // what a run will start, in the order of the files; named before it first runs
}

// Place is where something was written. Line is 0 when unknown.
type Place struct {
	File string // as errors name it
	Line int
}

// Problem is one thing that can't be run as it is written, or is left out.
type Problem struct {
	Place
	Key     string // dotted path, e.g. "tests[3].assert[0].type"; may be ""
	Message string // what it is, and what to do or what is known instead
	Fatal   bool   // the run would not mean what the file says; others are notes
}

// Program is something of the user's that a run starts.
type Program struct {
	Place
	Kind string // "node" | "python" | "exec" | "ruby" | "embedded" (JavaScript in the sandbox: needs no permission)
	What string // the file or command
	For  string // "provider", "prompt", "assertion", "transform", "tests", "vars", "filter"
}

// Code is a piece of the user's code. Its zero value is no code.
type Code struct {
	Place
	Language string           // "javascript" | "python" | "ruby"
	Kind     string           // "expression" | "function-body" | "file" | "package"
	Source   string           // for expression and function-body; the name of a package
	Path     string           // for file: absolute; the folder that a package is found from
	Function string           // named export; "" = the default one; of a package a path within its exports
	Value    bool             // the file may export a value instead of a function, and functions in it become references: configurations, tests
	Foreign  *jsvalue.Foreign // a function within such a value; nil = the export itself
	Live     []string         // arguments, or objects in them, whose id promptfoo gives as a method
}

// IsZero reports that there is no code.
func (c Code) IsZero() bool { return c.Kind == "" }

// Prompt is one prompt, or a function or program that makes it.
type Prompt struct {
	Place
	ID     string          // as written, or ""; part of results
	Label  string          // never empty; unique is not promised
	Raw    string          // the template; for code the text of its file
	Config *jsvalue.Object // merged over the provider's config for calls of this prompt; may be nil
	Code   Code            // of a prompt function; zero for a template
	Exec   string          // command line of `exec:` prompts; "" otherwise
}

// Provider is what answers.
type Provider struct {
	Place
	ID        string          // as written, with templates of env filled in
	Label     string          // "" when none is given: reports then show ID
	Config    *jsvalue.Object // as written, with env filled in, keys of APIs too: print Public instead; never nil
	Prompts   []string        // labels, ids or globs of the prompts that it is asked; nil = all
	Transform Code            // of each output, before the test's; zero when absent
	DelayMS   float64         // to wait before each call
	Env       map[string]string
	Shown     string // the id that the user's own code says; "" = ID
	Unlabeled bool   // results have no label, not even an empty one
	isObject  bool   // written as an object: only then its Prompts count
	Call      Call
}

// Name is the label, else the id as results show it.
func (p *Provider) Name() string {
	if p.Label != "" {
		return p.Label
	}
	return p.Reported()
}

// KnowsID says whether the options that a program of the user's gets hold the id:
// promptfoo leaves it out where the configuration is the id alone, but for scripts.
func (p *Provider) KnowsID() bool {
	return p.isObject || p.Call.Kind == CallScript && p.Call.Code.Kind != "package"
}

// Test is one test case, complete: defaultTest and its scenario are merged in.
type Test struct {
	Place
	Description string
	Vars        *jsvalue.Object   // one combination: no lists left to expand; paths as results show them, see Loaded; never nil
	Loaded      map[string]string // content of the variables that are paths of files; Render fills it in
	Assert      []Assertion       // default ones first; $ref and templates of assertions are resolved
	Options     TestOptions
	Threshold   *float64
	Score       Code // assertScoringFunction: makes pass and score of the named scores; zero = none
	Metadata    *jsvalue.Object
	Provider    *Provider       // asked instead of all providers; nil = none of its own
	Providers   []string        // labels or ids (or globs) of the providers that run it; nil = all
	Prompts     []string        // labels, ids or globs of the prompts that it runs with; nil = all
	VarCode     map[string]Code // variables that a script makes for each row; Render fills them in
	Output      any             // providerOutput: judged instead of a call; nil = call
	HasOutput   bool
	More        *jsvalue.Object // keys that mean nothing, which results show all the same; may be nil
	Case        int             // number of the test before variables were expanded, from 0
}

// TestOptions are the options of a test, merged with those of defaultTest.
type TestOptions struct {
	Prefix, Suffix      string
	Provider            *Provider            // judge of model-graded assertions; nil = the tool's default
	JudgeByType         map[string]*Provider // options.provider by kind: text, embedding, classification, moderation
	RubricPrompt        any                  // text, or messages
	Transform           Code                 // of the output (also written postprocess)
	TransformVars       Code                 // already applied by Load when it could be; kept for reports
	StoreOutputAs       string               // "" = not stored
	RunSerially         bool
	DisableExpansion    bool
	DisableDefaults     bool // disableDefaultAsserts
	DisableConversation bool
	Repeat              int             // 0 = not said
	Raw                 *jsvalue.Object // as written, merged; part of the context that scripts get
}

// Assertion is one assertion as written, values with their files read in.
// Templates in Value are still to be rendered with the row's variables.
type Assertion struct {
	Place
	Type             string // with its "not-"
	Value            any    // plain values as of encoding/json (float64, map[string]any, []any); nil when absent
	Code             Code   // of values that are script files, whatever the type; inline code is in Value, since it is a template first
	Literal          bool   // Value was read from a file: templates in it are not filled
	Threshold        *float64
	Metric           string
	Provider         *Provider            // judge of this assertion; nil = the test's
	JudgeByType      map[string]*Provider // provider by kind, like that of TestOptions; mostly nil
	RubricPrompt     any
	Transform        Code
	ContextTransform Code
	Set              []Assertion     // of an assert-set
	Raw              *jsvalue.Object // as written, for results and scripts
}

// Derived is one derivedMetrics entry: an expression over named scores, or code.
type Derived struct {
	Place
	Name  string
	Value string // mathematical expression; "" when Code is set
	Code  Code
}

// Evaluate is evaluateOptions. Zero values were not written.
type Evaluate struct {
	MaxConcurrency int
	Repeat         int
	DelayMS        float64
	TimeoutMS      float64 // of one call
	MaxEvalTimeMS  float64 // of the whole run
	Cache          *bool
	ShowProgress   *bool
	FilterRange    string
}

// CommandLine is what promptfoo reads of commandLineOptions: flags that a file
// sets. Zero values were not written; flags on the command line win.
type CommandLine struct {
	MaxConcurrency     int
	Repeat             int
	DelayMS            float64
	Cache              *bool
	Table              *bool
	TableCellMaxLength int
	Grader             string
	EnvFiles           []string
	FilterSample       int
	FilterSampleSeed   *int64
	FilterRange        string
}

// Row is one call to make and judge: promptfoo's (test, provider, prompt).
type Row struct {
	TestIndex   int // as in results: counts tests × repeats
	PromptIndex int // column: provider by provider, prompt by prompt
	Repeat      int // from 0
	Test        *Test
	Prompt      *Prompt
	Provider    *Provider
}
