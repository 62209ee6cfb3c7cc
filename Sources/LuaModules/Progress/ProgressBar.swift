import Foundation
import LuaBridge
import Sessions
import Support
import Tensors

/// A progress bar as scripts hold it; a generic `for` calls it for the next item.
final class ProgressBar: LuaObject {
    private let items: ProgressItems
    private let progress: Support.Progress
    private var position = 0

    /// What bars are called, and where they are shown.
    typealias Label = (value: String, sink: DisplaySink)

    /// A bar for a loop over `items`, or for as many steps counted by hand; `done` of them were done before.
    init(_ items: ProgressItems, label: Label, done: Int = 0) throws {
        self.items = items
        progress = Support.Progress(
            total: try items.count, label: label.value, done: done, sink: label.sink.progressSink())
    }

    /// Counts a step as done.
    func advance() { progress.advance() }

    /// Shows the bar a last time, and ends its line.
    func finish() { progress.finish() }

    /// Counts the item before as done and returns the next one; nil after the last, where the bar ends.
    private func next() throws -> ProgressItem? {
        if position > 0 { progress.advance() }
        position += 1
        guard let item = try items.item(position) else {
            progress.finish()
            return nil
        }
        return ProgressItem(value: item)
    }

    static let luaType = LuaType(
        "ProgressBar", "Shows how far long work has come, and when it will end.",
        methods: [
            LuaFunction(
                "set", "Shows values behind the bar, until others are set.", this,
                Parameter(
                    "values", [String: ProgressValue].self, "names with numbers, texts, or tensors of one element"),
                returns: "the bar", example: "progress.bar(10, \"training\"):set{loss = 0.5}"
            ) { bar, values in
                let texts = values.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.text)" }
                bar.progress.advance(by: 0, postfix: texts.joined(separator: ", "))
                return bar
            },
            LuaFunction(
                "advance", "Counts steps as done.", this,
                Parameter("steps", Int.self, in: .countOrNone, default: 1, "how many"),
                returns: "the bar", example: "progress.bar(10, \"training\"):advance(2)"
            ) { bar, steps in
                bar.progress.advance(by: steps)
                return bar
            },
            LuaFunction(
                "finish", "Shows the bar a last time, and ends its line; the end of a `for` does so by itself.", this,
                example: "local bar = progress.bar(1, \"training\"); bar:advance(); bar:finish()"
            ) { bar in bar.progress.finish() },
        ],
        metamethods: [
            LuaFunction(
                "__call", "Gives a generic `for` the next item.", this, Parameter("state", LuaValue.self, ""),
                Parameter("control", LuaValue.self, ""), returns: "the item and the bar; nil at the end"
            ) { bar, _, _ in
                let item = try bar.next()
                return (item, item == nil ? nil : bar)
            },
            LuaFunction(
                "__close", "Ends the bar where a `for` or a block is left.", this, Parameter("error", LuaValue.self, "")
            ) { bar, _ in bar.progress.finish() },
        ])
}

/// A value behind a progress bar.
private struct ProgressValue: LuaDecodable {
    let text: String

    static var luaTypeName: String { "number, string or tensor of one element" }

    static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> ProgressValue {
        if let integer = try? Int.decode(stack, at: index) { return ProgressValue(text: "\(integer)") }
        if let text = try? String.decode(stack, at: index) { return ProgressValue(text: text) }
        let number =
            (try? Double.decode(stack, at: index)) ?? (try? Tensor.decode(stack, at: index).item()).map(Double.init)
        guard let number else { throw LuaMismatch(expected: luaTypeName, stack, at: index) }
        return ProgressValue(text: String(format: "%.4g", number))
    }
}
