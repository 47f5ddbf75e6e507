def make():
    return [{"vars": {"a": "p", "b": n}, "assert": [{"type": "contains", "value": "p+%d" % n}]} for n in range(2)]
