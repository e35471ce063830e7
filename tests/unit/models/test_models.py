"""The bundled models have the published sizes, and run as the pipeline will run them."""

import ast
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
import torch

from tests.bundled import MODELS, NAMES, load

# Where the paper or its released weights give a number, this is that number.
PARAMETERS = {
    "conv_bn_relu": 147_712,  # 128 * 128 * 9 + 2 * 128
    "densenet_block": 335_040,  # denseblock1 of DenseNet-121 (7,978,856)
    "encoder_decoder": 63_082_496,  # the paper rounds to 65M
    "gpt2": 124_439_808,
    "llama_decoder": 134_515_008,  # SmolLM2-135M
    "lstm_language_model": 19_780_400,  # "medium", 20M
    "mamba_block": 3_771_648,  # (129,135,360 - embedding - final norm) / 24
    "mixture_of_experts": 135_299_072,  # 8 experts of 3 * 4096 * 1376, and the gate
    "mobilenet_v2": 3_504_872,
    "resnet18": 11_689_512,
    "softmax": 0,
    "swin_t": 28_288_354,
    "transformer_block": 7_087_872,  # one of the twelve of BERT-base (109,482,240)
    "unet": 31_030_658,
    "vgg16": 138_357_544,
    "vision_language_model": 76_574_272,
    "vit_b_16": 86_567_656,
}

OUTPUT_SHAPES = {
    "conv_bn_relu": [(16, 128, 28, 28)],
    "densenet_block": [(4, 256, 56, 56)],
    "encoder_decoder": [(2, 48, 37000)],
    "gpt2": [(1, 128, 50257)],
    "llama_decoder": [(1, 128, 49152)],
    "lstm_language_model": [(35, 20, 10000), (2, 20, 650), (2, 20, 650)],
    "mamba_block": [(1, 64, 768)],
    "mixture_of_experts": [(1, 64, 4096)],
    "mobilenet_v2": [(4, 1000)],
    "resnet18": [(1, 1000)],
    "softmax": [(128, 4096)],
    "swin_t": [(1, 1000)],
    "transformer_block": [(4, 128, 768)],
    "unet": [(1, 2, 68, 68)],
    "vgg16": [(10, 1000)],
    "vision_language_model": [(1, 32, 50304)],
    "vit_b_16": [(1, 1000)],
}

# Above this many parameters the constructor alone takes seconds.
SLOW_FROM = 50_000_000

RUNS = [
    pytest.param(name, marks=pytest.mark.slow) if PARAMETERS.get(name, 0) > SLOW_FROM else name
    for name in NAMES
]


def run(module: ModuleType, model: torch.nn.Module, seed: int) -> list[torch.Tensor]:
    torch.manual_seed(seed)
    with torch.no_grad():
        output = model(*module.get_inputs())
    return [output] if isinstance(output, torch.Tensor) else list(output)


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield f"{node.module}"


def test_every_model_is_in_the_tables() -> None:
    assert NAMES == sorted(PARAMETERS) == sorted(OUTPUT_SHAPES)


@pytest.mark.parametrize("name", NAMES)
def test_imports_torch_and_math_only(name: str) -> None:
    allowed = {"math", "torch", "torch.nn", "torch.nn.functional"}
    assert set(imports(MODELS / f"{name}.py")) <= allowed


@pytest.mark.parametrize("name", NAMES)
def test_parameter_count_is_the_published_one(name: str) -> None:
    module = load(name)
    with torch.device("meta"):
        model = module.Model(*module.get_init_inputs())
    assert sum(parameter.numel() for parameter in model.parameters()) == PARAMETERS[name]


@pytest.mark.parametrize("name", RUNS)
def test_output_is_finite_repeatable_and_depends_on_the_input(name: str) -> None:
    module = load(name)
    torch.manual_seed(0)
    model = module.Model(*module.get_init_inputs()).eval()

    first, again, other = (run(module, model, seed) for seed in (1, 1, 2))

    assert [tuple(tensor.shape) for tensor in first] == OUTPUT_SHAPES[name]
    for tensor, repeated, different in zip(first, again, other, strict=True):
        assert tensor.dtype == torch.float32
        assert torch.isfinite(tensor).all()
        assert torch.equal(tensor, repeated)
        # Well above the tolerance of a comparison, so that a mistake would show.
        assert (tensor - different).std() > 1e-2 * tensor.std()


def test_routing_by_capacity_equals_asking_each_expert_in_turn() -> None:
    module = load("mixture_of_experts")
    vars(module).update(WIDTH=16, EXPERT_WIDTH=8, CAPACITY_FACTOR=4)  # room for every token
    torch.manual_seed(0)
    model = module.Model().eval()
    tokens = torch.randn(32, 16)

    with torch.no_grad():
        weights, chosen = torch.topk(torch.softmax(model.router.gate(tokens), dim=-1), 2)
        weights = weights / weights.sum(dim=-1, keepdim=True)
        expected = torch.stack(
            [
                sum(w * model.experts[e](token) for w, e in zip(row, experts, strict=True))
                for token, row, experts in zip(tokens, weights, chosen.tolist(), strict=True)
            ]
        )
        torch.testing.assert_close(model(tokens[None])[0], expected)
