def get_var(name, prompt, vars):
    return {"output": name + prompt + " ".join(sorted(k for k in vars if not k.startswith("__")))}
