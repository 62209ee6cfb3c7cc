import Dispatch
import LuaBridge
import Sessions

private let label = WithDisplaySink(
    Parameter("label", String.self, default: "progress", "what the work is called"))

extension LuaModule {
    /// `progress`: loops and bars that show how far they have come.
    public static let progress = LuaModule(
        "progress",
        "Shows how far long work has come, and when it will end: below a notebook's cell, or on the standard error.",
        call: .variable(
            "progress", "Goes through numbers, a list or an iterator in a `for`, and shows how far it has come.",
            Parameter(
                "items", ProgressItems.self,
                "n for the numbers 1 to n, a list, a data set, or a function that gives the next item"), label,
            returns: "what `for` takes: in each turn it gives the item and the bar",
            example:
                "local n = 0; for i, bar in progress(10, \"adding\") do n = n + i; bar:set{sum = n} end; assert(n == 55)"
        ) { items, label in
            let bar = try ProgressBar(items, label: label)
            // `for` closes its fourth value however the loop ends, by `break` and errors too.
            return LuaResults([bar, LuaValue.none, LuaValue.none, bar])
        },
        functions: [
            LuaFunction(
                "bar", "Makes a bar to be advanced by hand; with `<close>` it ends with its block.",
                Parameter(
                    "total", Int.self, in: .countOrNone, default: 0, "the number of steps; 0 where it is not known"),
                label,
                returns: "a bar", example: "local bar <close> = progress.bar(2, \"training\"); bar:advance()"
            ) { total, label in try ProgressBar(.numbers(total), label: label) },
            LuaFunction(
                "clock", "Reads a clock that runs evenly, for measuring how long work takes.",
                returns: "seconds since some moment",
                example: "local start = progress.clock(); assert(progress.clock() - start >= 0)"
            ) { Double(DispatchTime.now().uptimeNanoseconds) / 1e9 },
        ], types: [ProgressBar.luaType])
}
