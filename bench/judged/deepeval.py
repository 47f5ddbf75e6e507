"""Judges the cases of a file with DeepEval and a model behind HTTP."""

import json
import sys
import time

import httpx
from deepeval import evaluate
from deepeval.evaluate import AsyncConfig, CacheConfig, DisplayConfig
from deepeval.metrics import FaithfulnessMetric, GEval, HallucinationMetric
from deepeval.models import DeepEvalBaseLLM
from deepeval.test_case import LLMTestCase, SingleTurnParams

STEPS = {"Verdicts": "verdicts", "Truths": "truths", "Claims": "claims", "ReasonScore": "score"}


class Judge(DeepEvalBaseLLM):
    def __init__(self, url, width):
        self.url, self.width, self.client = url, width, None
        super().__init__("grader")

    def load_model(self, *args, **kwargs):
        return self

    def get_model_name(self, *args, **kwargs):
        return "grader"

    def generate(self, prompt, schema=None):
        raise NotImplementedError

    async def a_generate(self, prompt, schema=None):
        if self.client is None:
            limits = httpx.Limits(max_connections=self.width, max_keepalive_connections=self.width)
            self.client = httpx.AsyncClient(limits=limits, timeout=None)
        step = STEPS.get(schema.__name__, "reason")
        body = {"model": "grader", "messages": [{"role": "system", "content": "step:" + step}, {"role": "user", "content": str(prompt)}]}
        reply = await self.client.post(self.url, json=body)
        reply.raise_for_status()
        return schema.model_validate_json(reply.json()["choices"][0]["message"]["content"])

    async def a_generate_with_schema(self, prompt, schema=None, **kwargs):
        return await self.a_generate(prompt, schema)


def main(file, url, width):
    judge = Judge(url, width)
    cases = [LLMTestCase(**row) for row in json.load(open(file))]
    steps = ["Read the text.", "Lower the score for each place that is hard to follow."]
    metrics = [
        HallucinationMetric(model=judge),
        GEval(name="Coherence", evaluation_steps=steps, evaluation_params=[SingleTurnParams.ACTUAL_OUTPUT], model=judge),
        FaithfulnessMetric(model=judge),
    ]
    began = time.monotonic()
    result = evaluate(
        cases,
        metrics,
        async_config=AsyncConfig(run_async=True, max_concurrent=width),
        cache_config=CacheConfig(write_cache=False, use_cache=False),
        display_config=DisplayConfig(show_indicator=False, print_results=False),
    )
    took = time.monotonic() - began
    if not all(r.success for r in result.test_results):
        sys.exit("a case failed")
    print(f"evaluate: {took:.3f}")


main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
