def get_transform(output, context): return "py " + str(output) + str(sorted(context.keys()))
def other(output, context): return {"o": output}
def none(output, context): return None
