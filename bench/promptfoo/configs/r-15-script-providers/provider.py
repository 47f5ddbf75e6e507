def call_api(prompt, options, context):
    if "fail" in prompt:
        return {"error": "told to fail"}
    if "throw" in prompt:
        raise ValueError("thrown by python")
    factor = options.get("config", {}).get("factor", 1)
    if "object" in prompt:
        return {"output": {"text": prompt, "vars": context["vars"]}, "cost": 0.1}
    return {"output": prompt * factor, "tokenUsage": {"total": 5, "prompt": 3, "completion": 2}, "cost": 0.1}


def other(prompt, options, context):
    return {"output": "other " + prompt, "cost": 0.9}
