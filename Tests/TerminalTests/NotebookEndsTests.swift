import Foundation
import TestSupport
import Testing

/// How cells end that would not: by the time limit, wherever they are, and by `os.exit`.
@Suite struct NotebookEndsTests {
    private let folder: NotebookFolder

    init() throws { folder = try NotebookFolder() }

    /// Cells none of which would end within minutes.
    static let endless = [
        // Showing.
        "setmetatable({}, {__tostring = function() while true do end end})",
        "setmetatable({}, {__display = function() while true do end end})",
        "display(setmetatable({}, {__tostring = function() while true do end end}))",
        "{x = setmetatable({}, {__tostring = function() while true do end end})}",
        "error(setmetatable({}, {__tostring = function() while true do end end}))",
        "print(setmetatable({}, {__index = function() while true do end end}).x)",
        // Drawing, of more points than can be drawn in time; the scripts that make them take longer elsewhere.
        "y = {} for i = 1, 2000000 do y[i] = i * 7919 % 1009 end",
        "plot.curves({y = y}, {smooth = 1000})", "plot.curves({y = y}):save('x.png')",
        "plot.curves({y = y}):show('x.svg')",
        // Waiting.
        "os.execute('sleep 600')", "os.execute('trap \"\" INT; sleep 600; sleep 600')",
        "io.popen('sleep 600'):read('a')",
        "local p <close> = io.popen('sleep 600')", "kept = io.popen('sleep 600; sleep 600') while true do end",
        "for line in io.popen('yes'):lines() do end",
        // Lua's library.
        "string.find(('a'):rep(40), ('a?'):rep(40) .. ('a'):rep(41))", "string.match(('a'):rep(1000000), '.-.-.-.-b')",
        "for _ in string.gmatch(('a'):rep(300000), '.-b') do end", "string.gsub(('a'):rep(300000), '.-.-b', '')",
        "string.find(('('):rep(500000), '%b()%b()')", "table.move({}, 1, 1 << 50, 2)",
        "table.insert(setmetatable({}, {__len = function() return 1 << 50 end}), 1, 1)",
        "table.remove(setmetatable({}, {__len = function() return 1 << 50 end}), 1)",
        "table.concat(setmetatable({}, {__len = function() return 1 << 50 end, __index = tostring}))",
        "local t = {} for i = 1, 8000000 do t[i] = i * 7919 % 8000009 end table.sort(t) table.sort(t, math.ult)",
        "load(('x = 1 '):rep(30000000))", "io.open('/dev/zero'):read('a')", "io.open('/dev/zero'):read('l')",
        "io.popen('yes \"\"'):read('n')",
        // Finalisers.
        "setmetatable({}, {__gc = function() while true do end end}) collectgarbage() while true do end",
        "coroutine.wrap(function() while true do end end)()",
    ]

    @Test(.timeLimit(.minutes(10))) func everyEndlessCellIsStopped() throws {
        let cells = Self.endless
        let last = "finaliser = setmetatable({}, {__gc = function() while true do end end})\n6 * 7"
        try folder.write((cells + [last]).map { "-- %%\n\($0)\n" }.joined(separator: "\n"))
        let outcome = try folder.notebook("run", "n.lua", "--timeout", "0.5", "--keep-going")
        #expect(outcome.code == 1, "\(outcome.errors)")
        for (cell, text) in zip(try folder.cells(), cells) where !text.hasPrefix("y = ") {
            #expect(folder.outputs(cell).last?.first == "Timeout", "\(text)")
        }
        #expect(try folder.outputs(folder.cells()[cells.count]) == [["text/plain", "42"]])
    }

    @Test(arguments: [
        ("os.exit(0)", 0), ("os.exit(3)", 3), ("os.exit(true, true)", 0), ("os.exit(false)", 1),
        ("pcall(os.exit, 4)", 4), ("coroutine.wrap(function() os.exit(5) end)()", 5),
        ("xpcall(os.exit, print, 6)", 6), ("setmetatable({}, {__gc = function() os.exit(7) end}) collectgarbage()", 7),
        ("setmetatable({}, {__tostring = function() os.exit(8) end})", 8),
        ("pcall(table.sort, {3, 2, 1}, function() os.exit(9) end)", 9),
    ])
    func exitEndsTheRunAndKeepsIt(cell: String, status: Int32) throws {
        try folder.write("-- %%\nprint('one')\n\n-- %%\nprint('two')\n\(cell)\n\n-- %%\nprint('never')\n")
        let outcome = try folder.notebook("run", "n.lua", "--keep-going", "--timeout", "60")
        #expect(outcome.code == status)
        #expect(outcome.errors == "n.lua: cell 2 called os.exit(\(status)); what ran is kept in n.ipynb\n")
        let cells = try folder.cells()
        #expect(folder.outputs(cells[0]) == [["stdout", "one\n"]])
        #expect(folder.outputs(cells[1]).map(\.first) == ["stdout", "Exit"])
        #expect(folder.outputs(cells[2]).isEmpty)
        #expect(try folder.notebook("check", "n.ipynb").code == status)
    }

    /// `show` puts the figure below the cell, whatever has it.
    @Test func whatIsShownIsAnOutput() throws {
        let shown = [
            "plot.curves({y = {1, 2}}):show()", "torch.arange(1, 9):show()", "torch.zeros(8, 8, 8):show()",
            "volumes.phantom{size = {12, 12, 12}}:show()",
            "volumes.prepare(volumes.phantom{size = {12, 12, 12}}):show()",
        ]
        try folder.write((shown + ["torch.zeros(9):show('x.png')"]).map { "-- %%\n\($0)\n" }.joined(separator: "\n"))
        let outcome = try folder.notebook("run", "n.lua")
        #expect(outcome.code == 0, "\(outcome.errors)")
        let cells = try folder.cells()
        for (cell, text) in zip(cells, shown) {
            #expect(folder.outputs(cell).map { $0.contains("image/png") } == [true], "\(text)")
        }
        #expect(folder.outputs(cells[shown.count]).isEmpty)
    }

    @Test func attachmentsThatLuaCannotKeepAreTold() throws {
        try folder.write(
            #"""
            {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{"cell_type": "markdown", "id": "a", "metadata": {},
            "source": "![x](attachment:x.png)", "attachments": {"x.png": {"image/png": "iVBORw0KGgo="}}}]}
            """#, "n.ipynb")
        let outcome = try folder.notebook("convert", "--to", "lua", "n.ipynb")
        #expect(outcome.errors == "n.ipynb: written to n.lua; the pictures attached to one text are left out\n")
        #expect(try folder.notebook("convert", "--to", "html", "n.ipynb").errors == "n.ipynb: written to n.html\n")
    }
}
