def get_var(var_name, prompt, other_vars):
    return {"output": "%s by python for %s" % (var_name, other_vars["animal"])}
