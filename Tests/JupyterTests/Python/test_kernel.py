"""Jupyter's own tests of kernels, and a notebook that nbclient runs."""

import unittest

import jupyter_kernel_test
import nbclient
import nbformat
from nbformat.v4 import new_code_cell, new_notebook


class KernelTests(jupyter_kernel_test.KernelTests):
    kernel_name = "lunette"
    language_name = "lua"
    file_extension = ".lua"
    code_hello_world = "print('hello, world')"
    code_stderr = "io.stderr:write('oops\\n')"
    completion_samples = [
        {"text": "string.rep", "matches": ["rep"]},
        {"text": "math.m", "matches": ["max", "maxinteger", "min", "mininteger", "modf"]},
        {"text": "local function f() retu", "matches": ["return"]},
    ]
    complete_code_samples = ["x = 1", "print('hello')", "for i = 1, 2 do print(i) end", "1 + 1", "x = 1\nx"]
    incomplete_code_samples = ["for i = 1, 2 do", "function f()", "x = [[", "print("]
    invalid_code_samples = ["x = )", "for for", "end"]
    code_page_something = "?nn.Conv3d"
    code_generate_error = "error('oh')"
    code_execute_result = [
        {"code": "6 * 7", "result": "42"},
        {"code": "x = 1\nx + 1", "result": "2"},
        {"code": "'a', 'b'", "result": "a\tb"},
        {"code": "plot.curves{y = {1, 2, 3}}", "mime": "image/png"},
    ]
    code_display_data = [
        {"code": "display('text')", "mime": "text/plain"},
        {"code": "display(plot.curves{y = {1, 2, 3}})", "mime": "image/png"},
    ]
    supported_history_operations = ("tail", "range", "search")
    code_history_pattern = "6 ? 7"
    code_inspect_sample = "nn.Conv3d"
    code_clear_output = "display.clear_output()"


class WelcomeTests(jupyter_kernel_test.IopubWelcomeTests):
    kernel_name = "lunette"
    support_iopub_welcome = True


class NotebookTests(unittest.TestCase):
    def test_nbclient_runs_a_notebook(self):
        sources = [
            "x = torch.ones(3)",
            "print('printed')\nx:sum():item()",
            "plot.curves{y = {3, 2, 1}}",
            "for i = 1, 3 do display(i, {id = 'count'}) end",
        ]
        notebook = new_notebook(cells=[new_code_cell(source) for source in sources])
        nbclient.NotebookClient(notebook, kernel_name="lunette", timeout=60).execute()
        nbformat.validate(notebook)
        outputs = [cell.outputs for cell in notebook.cells]
        self.assertEqual(outputs[0], [])
        self.assertEqual(outputs[1][0].text, "printed\n")
        self.assertEqual(outputs[1][1].data["text/plain"], "3.0")
        self.assertIn("image/png", outputs[2][0].data)
        self.assertEqual([output.data["text/plain"] for output in outputs[3]], ["3"])

    def test_error_stops_the_notebook(self):
        notebook = new_notebook(cells=[new_code_cell("error('oh')"), new_code_cell("x = 1")])
        client = nbclient.NotebookClient(notebook, kernel_name="lunette", timeout=60)
        with self.assertRaisesRegex(nbclient.exceptions.CellExecutionError, "cell 1:1: oh"):
            client.execute()
        self.assertIsNone(notebook.cells[1].execution_count)


if __name__ == "__main__":
    unittest.main()
