package project

// family is one prefix of provider ids.
type family struct {
	prefix  string
	kind    string   // of package generators; "" when it is not supported
	types   []string // words that may stand before the model's name; the first is the default
	base    string   // address, where generators has no kind of its own
	keyEnv  string   // environment variable of the key, likewise
	refused string   // why it is not supported
}

// families is the table of model providers. Those behind an address of their own
// speak OpenAI's API.
func families() []family {
	all := []string{"chat", "responses", "completion", "embedding", "embeddings"}
	texts := []string{"chat", "completion", "embedding", "embeddings"}
	list := []family{
		{prefix: "openai", kind: "openai", types: append(all[:len(all):len(all)], "moderation")},
		{prefix: "azure", kind: "azure", types: all},
		{prefix: "azureopenai", kind: "azure", types: all},
		{prefix: "anthropic", kind: "anthropic", types: []string{"messages"}},
		{prefix: "google", kind: "google", types: []string{"chat", "embedding", "embeddings"}},
		{prefix: "palm", kind: "google", types: []string{"chat"}},
		{prefix: "vertex", kind: "vertex", types: []string{"chat"}},
		{prefix: "bedrock", kind: "bedrock", types: []string{"converse"}},
		{prefix: "ollama", kind: "ollama", types: texts},
		{prefix: "openrouter", kind: "openrouter", types: []string{"chat"}},
		{prefix: "vllm", kind: "vllm", types: []string{"chat"}},
		{prefix: "lmstudio", kind: "lmstudio", types: []string{"chat"}},
		{prefix: "huggingface", kind: "huggingface", types: []string{"chat", classification}},
		{prefix: "hf", kind: "huggingface", types: []string{"chat", classification}},
	}
	for _, f := range []family{
		{"groq", "", []string{"chat", "responses"}, "https://api.groq.com/openai/v1", "GROQ_API_KEY", ""},
		{"mistral", "", []string{"chat", "embedding", "embeddings"}, "https://api.mistral.ai/v1", "MISTRAL_API_KEY", ""},
		{"deepseek", "", []string{"chat"}, "https://api.deepseek.com/v1", "DEEPSEEK_API_KEY", ""},
		{"togetherai", "", texts, "https://api.together.xyz/v1", "TOGETHER_API_KEY", ""},
		{"fireworks", "", texts, "https://api.fireworks.ai/inference/v1", "FIREWORKS_API_KEY", ""},
		{"cerebras", "", []string{"chat"}, "https://api.cerebras.ai/v1", "CEREBRAS_API_KEY", ""},
		{"xai", "", []string{"chat"}, "https://api.x.ai/v1", "XAI_API_KEY", ""},
		{"perplexity", "", []string{"chat"}, "https://api.perplexity.ai", "PERPLEXITY_API_KEY", ""},
		{"litellm", "", texts, "http://0.0.0.0:4000", "LITELLM_API_KEY", ""},
		{"localai", "", texts, "http://127.0.0.1:8080/v1", "", ""},
		{"llamafile", "", []string{"chat"}, "http://127.0.0.1:8080/v1", "", ""},
		{"docker", "", texts, "http://localhost:12434/engines/v1", "", ""},
		{"github", "", []string{"chat"}, "https://models.github.ai/inference", "GITHUB_TOKEN", ""},
		{"nvidia", "", texts, "https://integrate.api.nvidia.com/v1", "NVIDIA_API_KEY", ""},
		{"hyperbolic", "", []string{"chat"}, "https://api.hyperbolic.xyz/v1", "HYPERBOLIC_API_KEY", ""},
		{"nscale", "", texts, "https://inference.api.nscale.com/v1", "NSCALE_SERVICE_TOKEN", ""},
		{"novita", "", texts, "https://api.novita.ai/openai/v1", "NOVITA_API_KEY", ""},
		{"moonshot", "", []string{"chat"}, "https://api.moonshot.ai/v1", "MOONSHOT_API_KEY", ""},
		{"minimax", "", []string{"chat"}, "https://api.minimax.io/v1", "MINIMAX_API_KEY", ""},
		{"llamaapi", "", []string{"chat"}, "https://api.llama.com/compat/v1", "LLAMA_API_KEY", ""},
		{"aimlapi", "", texts, "https://api.aimlapi.com/v1", "AIML_API_KEY", ""},
		{"cometapi", "", texts, "https://api.cometapi.com/v1", "COMETAPI_KEY", ""},
		{"alibaba", "", []string{"chat", "embedding", "embeddings"}, dashscope, "DASHSCOPE_API_KEY", ""},
		{"alicloud", "", []string{"chat", "embedding", "embeddings"}, dashscope, "DASHSCOPE_API_KEY", ""},
		{"aliyun", "", []string{"chat", "embedding", "embeddings"}, dashscope, "DASHSCOPE_API_KEY", ""},
		{"dashscope", "", []string{"chat", "embedding", "embeddings"}, dashscope, "DASHSCOPE_API_KEY", ""},
		{"cloudflare-ai", "", texts, "", "CLOUDFLARE_API_KEY", ""},
		{"databricks", "", []string{"chat"}, "", "DATABRICKS_TOKEN", ""},
		{"truefoundry", "", []string{"chat", "embedding", "embeddings"}, "https://llm-gateway.truefoundry.com", "TRUEFOUNDRY_API_KEY", ""},
		{"helicone", "", []string{"chat"}, "http://localhost:8080/ai", "", ""},
		{"portkey", "", []string{"chat"}, "https://api.portkey.ai/v1", "PORTKEY_API_KEY", ""},
	} {
		f.kind = "openai_compatible"
		list = append(list, f)
	}
	return append(list, refusedFamilies()...)
}

const dashscope = "https://dashscope-intl.aliyuncs.com/compatible-mode/v1"

// refusedFamilies are the prefixes that promptfoo knows and that are not run here.
func refusedFamilies() (list []family) {
	const own = "its API is one of its own and is not spoken here; reach the model through openrouter: or an OpenAI-compatible address (openai:chat:MODEL with config.apiBaseUrl)"
	for _, f := range [][2]string{
		{"bedrock-agent", "of Bedrock those models are asked that chat"},
		{"sagemaker", "SageMaker wants an AWS login; use an OpenAI-compatible address: openai:chat:MODEL with config.apiBaseUrl"},
		{"ws", "websocket targets are not supported"}, {"wss", "websocket targets are not supported"},
		{"websocket", "websocket targets are not supported"}, {"browser", "browsers are not driven"},
		{"mcp", "MCP servers as targets are not supported"}, {"sequence", "sequences are not supported"},
		{"golang", "Go scripts are not built; use exec: with a program"},
		{"webhook", "use id: https with url, method and body"},
		{"opencode", "it is driven through a package of Node; write a script that does: file://provider.mjs"},
		{"slack", "answers of people in Slack are not waited for"},
		{"llama", "use llamafile: or openai:chat:MODEL with config.apiBaseUrl, which llama.cpp serves too"},
		{"fal", "it makes images"}, {"elevenlabs", "it makes sound"}, {"modelslab", "it makes images"},
		{"replicate", "Replicate's predictions are not called; moderation is known of openai:moderation"}, {"cohere", own}, {"voyage", own}, {"watsonx", own}, {"adaline", own}, {"ai21", own}, {"snowflake", own}, {"bam", own}, {"vercel", own}, {"cloudflare-gateway", own},
		{"transformers", "models are not run in this process; serve it and use openai:chat:MODEL with config.apiBaseUrl"},
	} {
		list = append(list, family{prefix: f[0], refused: f[1]})
	}
	return list
}
