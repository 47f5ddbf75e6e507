def call_api(prompt, options, context):
    return {"output": prompt, "tokenUsage": {"total": 5, "prompt": 2, "completion": 3}, "cost": 0.25, "cached": True}
