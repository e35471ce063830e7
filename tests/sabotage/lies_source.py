# ruff: noqa: E501 (tables of replacements, one a line)
"""Ways of computing outside a child, and of leaving the grammar."""

from lies import REFACTORED, Lie

_CALL = "x = self.maxpool(x)  # child call"
_END = "        return x\n"


def _line(name: str, line: str, reason: str) -> Lie:
    """A line of its own before the last child is called."""
    return Lie(name, "vgg_block", REFACTORED, _CALL, f"{line}\n        {_CALL}", reason)


def _top(name: str, text: str, reason: str) -> Lie:
    """Text at module level, before the class."""
    return Lie(
        name,
        "vgg_block",
        REFACTORED,
        "class RefactoredModel",
        f"{text}\n\n\nclass RefactoredModel",
        reason,
    )


_COMPUTING = {
    "functional": "x = F.relu(x)",
    "torch_function": "x = torch.relu(x)",
    "torch_nn_functional": "x = torch.nn.functional.relu(x)",
    "nn_functional": "x = nn.functional.relu(x)",
    "method": "x = x.relu()",
    "in_place_method": "x.relu_()",
    "matmul_operator": "x = x @ x.transpose(2, 3)",
    "power": "x = x ** 2",
    "comparison": "x = x * (x > 0)",
    "builtin_abs": "x = abs(x)",
    "builtin_sum": "x = sum([x, x])",
    "builtin_max": "x = max(x, x)",
    "einsum": 'x = torch.einsum("bchw->bchw", x)',
    "torch_ops": "x = torch.ops.aten.relu(x)",
    "floor_division": "x = x // 1",
    "modulo": "x = x % 2",
    "invert": "x = ~x",
    "shift": "x = x << 1",
    "bool_and": "x = x and x",
    "not": "x = not x",
    "conditional_expression": "x = x if x is not None else x",
    "lambda": "x = (lambda t: t)(x)",
    "comprehension": "x = [t for t in x][0]",
    "f_string": 'y = f"{x}"',
    "walrus": "(y := x)",
    "getattr": 'x = getattr(x, "relu")()',
    "index_by_tensor": "x = x[x]",
    "index_by_list": "x = x[[0, 1]]",
    "masked_write": "x[0] = 0",
    "store_attribute": "self.cache = x",
    "matmul_in_place": "x @= x",
    "power_in_place": "x **= 2",
    "module_construction": "x = nn.ReLU()(x)",
    "child_method": "x = self.conv_relu_1.forward(x)",
    "grandchild": "x = self.conv_relu_1.relu(x)",
    "child_parameter": "x = x + self.conv_relu_1.conv.bias.view(8, 1, 1)",
    "module_call": "x = self.maxpool.__call__(x)",
    "if_statement": "if x.shape[0] > 1:\n            x = x",
    "while": "while False:\n            x = x",
    "try": "try:\n            x = x\n        except Exception:\n            x = x",
    "with": "with torch.no_grad():\n            x = x",
    "import_inside": "import torch.nn.functional as G",
    "exec": 'exec("x = 1")',
    "assert": "assert True",
    "raise": 'raise ValueError("x")',
    "global": "global torch",
    "nested_function": "def f(t):\n            return t",
    "data": "x = x.data",
    "cast": "x = x.to(torch.float64)",
    "view_as_dtype": "x = x.view(torch.int32)",
    "torch_add_function": "x = torch.add(x, x)",
    "sum_method": "x = x - x.sum()",
    "mean": "x = x.mean(0, keepdim=True)",
    "repeat": "x = x.repeat(1, 1, 1, 1)",
    "roll": "x = torch.roll(x, 1)",
    "pad": "x = F.pad(x, (0, 0))",
    "zeros": "x = x + torch.zeros(1)",
    "cat_out": "x = torch.cat([x], out=x)",
    "hide_child_name": "ConvRelu1 = x",
    "hide_torch": "torch = x",
    "super_call": "super().train()",
    "print": "print(x)",
    "size_by_value": "y = x[x.sum()]",
    "detach": "x = x.detach()",
}
COMPUTING = [_line(name, line, "anticheat") for name, line in _COMPUTING.items()]

_MODULE_LEVEL = {
    "import_os": "import os.path as p",
    "import_numpy": "import numpy as np",
    "import_functional_alias": "import torch.nn.functional as G",
    "from_functional": "from torch.nn.functional import relu",
    "from_torch": "from torch import relu",
    "star_import": "from torch import *",
    "import_importlib": "import importlib",
    "import_original": "from original import Model as Original",
    "call": "torch.manual_seed(0)",
    "tensor_constant": "SCALE = torch.ones(1)",
    "patch_torch": "torch.nn.Module.__call__ = None",
    "patch_nn": "nn.Conv2d = None",
    "helper_function": "def helper(x):\n    return x",
    "helper_class": "class Helper(nn.Module):\n    pass",
    "second_model": "class Model(nn.Module):\n    pass",
    "if": "if True:\n    pass",
    "for": "for i in range(3):\n    pass",
    "exec": 'exec("1")',
    "rebind_import": "ConvRelu1 = 3",
    "del": "del torch",
    "sys_path_elsewhere": 'sys.path.insert(0, "/tmp")',
    "lambda": "f = lambda x: x",
    "main_else": 'if __name__ != "__main__":\n    pass',
    "try": "try:\n    pass\nfinally:\n    pass",
    "decorated": "@staticmethod\ndef get_init_inputs():\n    return []",
    "type_alias": "Base = nn.Module",
    "run_tests_import": 'def run_tests():\n    import os\n    os.system("true")',
}
MODULE_LEVEL = [_top(name, text, "anticheat") for name, text in _MODULE_LEVEL.items()]

_CLASS = [
    ("base_class", "RefactoredModel(nn.Module)", "RefactoredModel(nn.Sequential)", "nn.Module alone"),
    ("two_bases", "RefactoredModel(nn.Module)", "RefactoredModel(nn.Module, object)", "nn.Module alone"),
    ("metaclass", "RefactoredModel(nn.Module)", "RefactoredModel(nn.Module, metaclass=type)", "alone"),
    ("decorated_class", "class RefactoredModel", "@torch.compile\nclass RefactoredModel", "decorator"),
    ("decorated_forward", "    def forward", "    @torch.no_grad()\n    def forward", "decorator"),
    ("default_argument", "forward(self, x)", "forward(self, x, y=torch.ones(1))", "not a literal"),
    ("star_arguments", "forward(self, x)", "forward(self, *x)", "plain parameters"),
    ("class_attribute", "    def __init__", "    y = torch.ones(1)\n\n    def __init__", "class body"),
    ("extra_method", "    def forward", "    def helper(self, x):\n        return x\n\n    def forward", "class body"),
    ("property", "    def forward", "    @property\n    def y(self):\n        return 1\n\n    def forward", "class body"),
    ("dunder_call", "    def forward", "    def __call__(self, x):\n        return x\n\n    def forward", "class body"),
    ("lambda_forward", "    def forward(self, x):", "    forward = lambda self, x: x\n\n    def forward(self, x):", "class body"),
    ("second_forward", "    def forward(self, x):", "    def forward(self, x):\n        return x\n\n    def forward(self, x):", "class body"),
    ("annotation_calls", "forward(self, x)", "forward(self, x: print(1))", "annotation"),
    ("no_super", "        super().__init__()\n", "", "super().__init__() once"),
    ("nn_module", "self.maxpool = MaxPool()", "self.maxpool = nn.MaxPool2d(2)", "not a child"),
    ("parameter", "self.maxpool = MaxPool()", "self.maxpool = MaxPool()\n        self.w = nn.Parameter(torch.ones(1))", "not a child"),
    ("buffer", "self.maxpool = MaxPool()", 'self.maxpool = MaxPool()\n        self.register_buffer("w", torch.ones(1))', "only make children"),
    ("hook", "self.maxpool = MaxPool()", "self.maxpool = MaxPool()\n        self.maxpool.register_forward_hook(print)", "only make children"),
    ("sequential", "self.maxpool = MaxPool()", "self.maxpool = nn.Sequential(MaxPool())", "not a child"),
    ("jit", "self.maxpool = MaxPool()", "self.maxpool = torch.jit.script(MaxPool())", "not a child"),
    ("compile", "self.maxpool = MaxPool()", "self.maxpool = torch.compile(MaxPool())", "not a child"),
    ("call_in_init", "self.maxpool = MaxPool()", "self.maxpool = MaxPool()\n        self.y = self.maxpool(1)", "not a child"),
    ("training", "self.maxpool = MaxPool()", "self.maxpool = MaxPool()\n        self.training = True", "belongs to nn.Module"),
    ("private", "self.maxpool = MaxPool()", "self.maxpool = MaxPool()\n        self._modules = 1", "belongs to nn.Module"),
    ("after_class", "def get_inputs", "RefactoredModel.forward = None\n\n\ndef get_inputs", "module level"),
    ("conditional_class", "class RefactoredModel(nn.Module):\n    def __init__", "class RefactoredModel(nn.Module):\n    if True:\n        pass\n\n    def __init__", "class body"),
    ("inputs_compute", "[torch.randn(2, 3, 16, 16)]", "[torch.load('x')]", "no factory"),
    ("inputs_argument", "def get_inputs()", "def get_inputs(n=1)", "no arguments"),
    ("inputs_open", "[torch.randn(2, 3, 16, 16)]", "[open('x').read()]", "no factory"),
    ("inputs_torch_ops", "[torch.randn(2, 3, 16, 16)]", "[torch.ops.aten.randn([1])]", "no factory"),
    ("no_inputs", "def get_inputs", "def get_init_inputs", "no function get_inputs"),
    ("no_class", "class RefactoredModel", "class Something", "expected one class"),
]  # fmt: skip
CLASS = [Lie(name, "vgg_block", REFACTORED, old, new, reason) for name, old, new, reason in _CLASS]

_CHILD = {
    "import_os": "import os",
    "import_sys": "import sys",
    "import_numpy": "import numpy as np",
    "import_gc": "import gc",
    "import_inspect": "import inspect",
    "import_original": "import original",
    "from_torch_load": "from torch import load",
    "torch_utils": "import torch.utils.data",
    "torch_ops_import": "from torch import ops",
    "list_constant": "CACHE = []",
    "tensor_constant": "ONE = torch.ones(1)",
    "patch": "nn.Module.__call__ = None",
    "statement": "print(1)",
    "decorated_helper": "@torch.jit.script\ndef f(x):\n    return x",
}
CHILD = [
    Lie(f"child_{name}", "vgg_block", "children/maxpool2d.py", "class Model", f"{text}\n\n\nclass Model", "anticheat")
    for name, text in _CHILD.items()
]  # fmt: skip

_CHILD_FORWARD = {
    "open": 'open("original.py")',
    "eval": 'eval("1")',
    "getattr": 'getattr(x, "data")',
    "globals": "globals()",
    "dunder": "x.__class__",
    "frames": "x.grad_fn",
    "data": "x.data.zero_()",
    "torch_load": 'torch.load("x")',
    "torch_ops": "torch.ops.aten.relu(x)",
    "torch_c": "torch._C._get_tracing_state()",
    "seed": "torch.initial_seed()",
    "rng_state": "torch.get_rng_state()",
    "set_threads": "torch.set_num_threads(1)",
    "grad_mode": "torch.is_grad_enabled()",
    "requires_grad": "x.requires_grad",
    "data_ptr": "x.data_ptr()",
    "item": "x.sum().item()",
    "tolist": "x.tolist()",
    "numpy": "x.numpy()",
    "keep_attribute": "self.pool.count = 1",
    "keep_state": "self.state = x",
    "count_calls": "self.n += 1",
    "hook": "self.register_forward_hook(None)",
    "modules": "list(self.modules())",
    "parameters": "list(self.parameters())",
    "super_method": "super().forward(x)",
    "lambda": "(lambda t: t)(x)",
    "walrus": "(y := x)",
    "import": "import os",
    "nested": "def f():\n            pass",
    "yield": "yield x",
    "try": "try:\n            pass\n        except Exception:\n            pass",
    "global": "global F",
    "with": 'with torch.device("meta"):\n            pass',
    "type": "type(x)",
    "vars": "vars(self)",
    "setattr": 'setattr(self, "a", 1)',
    "input": "input()",
    "breakpoint": "breakpoint()",
    "share": "x.share_memory_()",
    "storage": "x.untyped_storage()",
    "from_file": 'torch.from_file("x", size=1)',
    "exit": "exit()",
    "assign_function": "F.relu = None",
    "rebind_module": "torch = None",
}
CHILD_FORWARD = [
    Lie(f"child_forward_{name}", "vgg_block", "children/conv_relu_3x8.py", "return self.relu",
        f"{text}\n        return self.relu", "anticheat")
    for name, text in _CHILD_FORWARD.items()
]  # fmt: skip

LIES = [*COMPUTING, *MODULE_LEVEL, *CLASS, *CHILD, *CHILD_FORWARD]
