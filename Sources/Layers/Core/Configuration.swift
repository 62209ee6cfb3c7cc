import Support
import Tensors

/// What a layer or an optimiser is made from, in a form that files keep: a kind and its settings, in order.
///
/// As JSON it is one object: `{"kind": "InstanceNorm", "epsilon": 1e-05, "relu": false}`.
public struct Configuration: Equatable, Sendable {
    /// The name of the kind, as scripts write it: "Conv3d", "UNet", "Adam".
    public let kind: String
    /// The settings with their names.
    public var settings: [JSON.Member]

    /// Describes something of the kind `kind`.
    public init(kind: String, _ settings: KeyValuePairs<String, JSON> = [:]) {
        self.kind = kind
        self.settings = settings.map { JSON.Member($0.key, $0.value) }
    }

    /// Describes something of the kind `kind` by settings with their values; those without a value are left out.
    public init(kind: String, _ settings: JSON.Member...) {
        self.kind = kind
        self.settings = settings.filter { $0.value != .null }
    }

    /// Reads what `json` wrote; an error where it is not an object with a kind.
    public init(_ json: JSON) throws(TensorError) {
        guard let kind = json["kind"]?.text, let members = json.members else {
            throw .argument(
                operation: "load", parameter: "configuration", value: String("\(json)".prefix(60)),
                expected: "an object with a kind")
        }
        self.kind = kind
        settings = members.filter { $0.name != "kind" }
    }

    /// The value of a setting, or its default.
    ///
    /// An error names the kind, the setting and its value where it is missing, of another type, or outside its range.
    public subscript<Value>(_ setting: Setting<Value>) -> Value {
        get throws(TensorError) {
            let declaration = setting.declaration
            let given = self.setting(declaration.name) ?? declaration.formerName.flatMap(self.setting)
            guard let json = given ?? declaration.defaultValue, let value = Value(json: json) else {
                throw wrong(declaration.name, expected: Value.words)
            }
            try check(value, by: declaration)
            return value
        }
    }

    private func check(_ value: some SettingValue, by declaration: SettingDeclaration) throws(TensorError) {
        switch declaration.kind {
        case .integer(let range), .number(let range), .real(let range), .sizes(let range), .list(let range):
            if let number = value.numbers.first(where: { !range.contains($0) }) {
                throw wrong(declaration.name, expected: range.expectation(for: number))
            }
        case .choice(let names):
            guard names.contains(where: { value.json == .string($0) }) else {
                throw wrong(declaration.name, expected: names.choiceText)
            }
        case .flag, .part: break
        }
    }

    /// The kind and the settings as one JSON object.
    public var json: JSON { .object([JSON.Member("kind", .string(kind))] + settings) }
}

/// Settings read: an error names the kind, the setting and its value where it is missing or of another type.
extension Configuration {
    /// The setting `name`, true or false.
    public func flag(_ name: String) throws(TensorError) -> Bool {
        guard case .bool(let value) = setting(name) else { throw wrong(name, expected: "true or false") }
        return value
    }

    /// The setting `name`, a whole number.
    public func integer(_ name: String) throws(TensorError) -> Int {
        guard let value = setting(name)?.integer else { throw wrong(name, expected: "a whole number") }
        return value
    }

    /// The setting `name`, a number.
    public func number(_ name: String) throws(TensorError) -> Double {
        guard let value = setting(name)?.number else { throw wrong(name, expected: "a number") }
        return value
    }

    /// The setting `name`, a text.
    public func text(_ name: String) throws(TensorError) -> String {
        guard let value = setting(name)?.text else { throw wrong(name, expected: "a text") }
        return value
    }

    /// The setting `name`, whatever it is.
    public func value(_ name: String) throws(TensorError) -> JSON {
        guard let value = setting(name) else { throw wrong(name, expected: "a value") }
        return value
    }

    /// The setting `name`, a list of whole numbers.
    public func integers(_ name: String) throws(TensorError) -> [Int] {
        try list(name, of: "whole numbers") { $0.integer }
    }

    /// The setting `name`, a list of numbers.
    public func numbers(_ name: String) throws(TensorError) -> [Double] {
        try list(name, of: "numbers") { $0.number }
    }

    /// The setting `name`, a list of texts.
    public func texts(_ name: String) throws(TensorError) -> [String] {
        try list(name, of: "texts") { $0.text }
    }

    /// The setting `name`, a list of what `read` finds in JSON; `items` says what that is.
    public func list<Value>(
        _ name: String, of items: String, _ read: (JSON) -> Value?
    ) throws(TensorError) -> [Value] {
        guard let elements = setting(name)?.elements else { throw wrong(name, expected: "a list of \(items)") }
        let values = elements.compactMap(read)
        guard values.count == elements.count else { throw wrong(name, expected: "a list of \(items)") }
        return values
    }

    private func setting(_ name: String) -> JSON? { settings.first { $0.name == name }?.value }

    private func wrong(_ name: String, expected: String) -> TensorError {
        .argument(
            operation: kind, parameter: name, value: setting(name).map { String("\($0)".prefix(60)) } ?? "missing",
            expected: expected)
    }
}

extension JSON {
    /// A whole number.
    public static func integer(_ value: Int) -> JSON { .number(Double(value)) }

    /// A list of whole numbers.
    public static func integers(_ values: [Int]) -> JSON { .array(values.map { .integer($0) }) }

    /// A list of numbers.
    public static func numbers(_ values: [Double]) -> JSON { .array(values.map { .number($0) }) }

    /// A list of texts.
    public static func texts(_ values: [String]) -> JSON { .array(values.map { .string($0) }) }
}
