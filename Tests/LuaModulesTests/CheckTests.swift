import Testing

/// Exercises that check themselves, from Lua.
@Suite struct CheckTests {
    /// What is said of a reader's value, an expression of Lua, where `right` (the arguments after the name) is the
    /// answer.
    private static func verdict(_ right: String, _ given: String, _ expected: String) -> Transcript {
        Transcript(
            "check.answer('x', \(right)) check.expect('x', '\(expected)', \(given)) return 'as expected'",
            "as expected")
    }

    @Test(arguments: [
        verdict("6", "nil", "missing"), verdict("6", "6", "right"), verdict("6", "6.0", "right"),
        verdict("6", "{6}", "wrong type"), verdict("6", "print", "wrong type"), verdict("6", "nn", "wrong type"),
        verdict("6", "torch.tensor{6}", "wrong type"), verdict("6", "7, nil", "wrong"),
        verdict("6, {tolerance = 0.2}", "7", "right"), verdict("6, {almost = 0.2}", "7", "almost"),
        verdict("6, {mistakes = {{100, 'percent'}}}", "100", "almost"),
        verdict("torch.eye(2)", "torch.eye(2)", "right"), verdict("torch.eye(2)", "torch.ones(4)", "wrong shape"),
        verdict("torch.eye(2)", "{{1, 0}, {0, 1}}", "wrong type"), verdict("{1, 2}", "{1, 2}", "right"),
        verdict("{1, 2}", "{{1, 2}}", "wrong shape"), verdict("{1, 2}", "{1, 'a'}", "wrong type"),
        verdict("{}", "{}", "right"), verdict("true", "false", "wrong"), verdict("'b'", "'c'", "wrong"),
        verdict("'b'", "'B '", "almost"),
        verdict("math.max, {inputs = {{1, 2}, {5, 3}}}", "math.max", "right"),
        verdict("math.max, {inputs = {{1, 2}, {5, 3}}}", "math.min", "wrong"),
        verdict("math.max, {inputs = {{1, 2}}}", "2", "wrong type"),
        verdict("math.max, {inputs = {{1, 2}}}", "nil", "missing"),
        verdict("math.max, {inputs = {{1, 2}}}", "function() end", "missing"),
        verdict("math.max, {inputs = {{1, 2}}}", "error", "wrong"),
        verdict("math.max, {inputs = {{1, 2}}, mistakes = {{math.min, 'min'}}}", "math.min", "almost"),
        verdict("torch.sum, {inputs = {{torch.ones(2, 3)}}}", "function(x) return x:sum(1) end", "wrong shape"),
        verdict("#'abc', {inputs = nil}", "3", "right"),
        verdict("table.concat, {inputs = {{{1, 2}}}}", "table.concat", "right"),
    ])
    func answersGetTheirVerdict(_ transcript: Transcript) throws { try transcript.check() }

    @Test(arguments: [
        Transcript("check('x', 1)", "test:1: no answers are known: the cell that begins with `check.load` brings them"),
        Transcript(
            "check.answer('sum', 1) check('sun', 1)", "test:1: no exercise is called 'sun' (did you mean 'sum'?)"),
        Transcript(
            "check.answer('x', 6) check.expect('x', 'right', 5)", "test:1: 'right' expected: ✗ x: wrong"),
        Transcript(
            "check.answer('x', print)", "test:1: inputs: expected for a function, whose results are compared"),
        Transcript("check.answer('x', 1, {inputs = {{1}}})", "test:1: inputs: only for a function, got a number"),
        Transcript("check.answer('x', nil)", "test:1: a right answer expected, got nil"),
        Transcript(
            "check.answer('x', {a = 1})",
            "test:1: a number, string, boolean, tensor or list of numbers expected, got a table"),
        Transcript("check.answer('x', 0 / 0)", "test:1: the answer has a number that is not finite"),
        Transcript(
            "check.answer('x', error, {inputs = {{'no'}}})", "test:1: the right function stopped: no"),
        Transcript(
            "check.load('abc')", "test:1: the sealed answers are not whole: `check.seal()` gave another text"),
    ])
    func whatCannotBeMeantIsAnError(_ transcript: Transcript) throws { try transcript.check() }

    @Test func sealedAnswersJudgeAsBefore() throws {
        let answers =
            "check.answer('a', 6) check.answer('f', function(x, n) return x:sum() * n end, "
            + "{inputs = {{torch.ones(2, 3), 2}}, mistakes = {{function(x) return x:sum() end, 'n'}}, points = 2}) "
        let checks =
            "check('a', 6) check('f', function(x, n) return x:mean() * n * x:numel() end) local t = {} "
            + "for _, row in ipairs(check.results()) do t[#t + 1] = ('%s %s %g/%g'):format(row.name, row.verdict, "
            + "row.points, row.possible) end return table.concat(t, ', ')"
        try Transcript(answers + "check.load(check.seal()) " + checks, "a right 1/1, f right 2/2").check()
        try Transcript(
            answers + "check.load(check.seal()) check('a', -6) return check.results()[1].verdict", "almost"
        ).check()
    }
}
