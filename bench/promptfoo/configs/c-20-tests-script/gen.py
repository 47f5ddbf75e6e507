def make():
    return [{"vars": {"q": "py", "n": 3.5}}, {"vars": {"q": "py2", "n": None}, "description": "d"}]
