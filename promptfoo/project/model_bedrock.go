package project

import "strings"

func bedrockAddress(region string) string {
	return "https://bedrock-runtime." + region + ".amazonaws.com"
}

// bedrock takes what says where a model of Bedrock is, and what signs the calls.
func (r *modelReader) bedrock(k string, x *tree) bool {
	s, _ := x.text()
	switch k {
	case "region":
		if r.l.env["AWS_ENDPOINT_URL_BEDROCK_RUNTIME"]+r.l.env["AWS_ENDPOINT_URL"]+r.cfg.word("endpoint") == "" {
			r.m.BaseURL = bedrockAddress(s)
		}
	case "endpoint":
		r.m.BaseURL = s
	case "profile":
		r.l.fail(x.Place, r.path+"."+k, "profiles of AWS are not read; put the keys of this one into the environment: aws configure export-credentials --profile %s --format env", s)
	case "accessKeyId", "secretAccessKey", "sessionToken":
		if r.m.Signing == nil {
			r.m.Signing = map[string]Secret{}
		}
		r.m.Signing[map[string]string{"accessKeyId": "AWS_ACCESS_KEY_ID", "secretAccessKey": "AWS_SECRET_ACCESS_KEY", "sessionToken": "AWS_SESSION_TOKEN"}[k]] = Secret(s)
	}
	return true
}

// settleBedrock fills in what promptfoo sends to a model whose own API it speaks: one
// that is asked through bedrock:converse: is sent what is written.
func (l *loader) settleBedrock(model string, m *ChatModel) {
	claude := strings.Contains(model, "anthropic.claude")
	if m.MaxTokens == 0 && (claude || l.env["AWS_BEDROCK_MAX_TOKENS"] != "") {
		m.MaxTokens = int(number(l.env["AWS_BEDROCK_MAX_TOKENS"], 1024))
	}
	if m.Temperature == nil && !reasons("anthropic", model) {
		zero := number(l.env["AWS_BEDROCK_TEMPERATURE"], 0)
		m.Temperature = &zero
	}
}
