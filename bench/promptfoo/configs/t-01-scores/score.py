def get_score(named_scores, context):
    return {"pass": True, "score": 0.75, "reason": "from Python"}
