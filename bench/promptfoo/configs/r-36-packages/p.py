def call_api(prompt, options, context): return {"output": "1 py " + str(sorted(context.keys())) + str(sorted(options.keys()))}
def fn(prompt, options, context): return {"output": "1 fn" + str(options)}
