def get_assert(output, context):
    return {"pass_": True, "score": 0.5, "reason": "r", "named_scores": {"k": 0.7}, "component_results": [{"pass_": True, "score": 1, "reason": "c"}]}
