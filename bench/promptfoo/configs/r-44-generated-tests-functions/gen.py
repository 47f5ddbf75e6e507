def generate_tests(config=None):
    return [{"vars": {"q": "py"}, "assert": [{"type": "equals", "value": "py"}]}]
