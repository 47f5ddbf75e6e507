def get_assert(output, context):
    return {"pass": "good" in output, "score": 1.0 if "good" in output else 0.2, "reason": "looked for good"}


def other(output, context):
    return len(output) > 1
