import Support
import Tensors

/// What a layer or an optimiser is made from, in a form that files keep: a kind and its settings, in order.
///
/// As JSON it is one object: `{"kind": "InstanceNorm", "eps": 1e-05, "relu": false}`.
public struct Configuration: Equatable, Sendable {
    /// The name of the kind, as scripts write it: "Conv3d", "UNet", "Adam".
    public let kind: String
    /// The settings with their names.
    public var settings: [JSON.Member]

    /// Describes something of the kind `kind` by settings with their values; those without a value are left out.
    public init(kind: String, _ settings: JSON.Member...) {
        self.init(kind: kind, settings: settings.filter { $0.value != .null })
    }

    /// Describes something of the kind `kind` by the settings that were given.
    public init(kind: String, settings: [JSON.Member]) {
        self.kind = kind
        self.settings = settings
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
            guard var json = given ?? declaration.defaultValue else {
                throw wrong(declaration.name, expected: Value.words)
            }
            if case .sizes = declaration.kind, json.integer != nil { json = .array([json]) }
            guard let value = Value(json: json) else {
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

    /// The same, but with another value of a setting that it has.
    func replacing(_ member: JSON.Member) -> Configuration {
        Configuration(kind: kind, settings: settings.map { $0.name == member.name ? member : $0 })
    }

    /// The kind and the settings as one JSON object.
    public var json: JSON { .object([JSON.Member("kind", .string(kind))] + settings) }
}

extension Configuration {
    /// The setting `name`; an error names the kind, the setting and its value where it is missing or of another type.
    public func value<Value: SettingValue>(
        _ name: String, as type: Value.Type = Value.self
    ) throws(TensorError) -> Value {
        guard let json = setting(name), let value = Value(json: json) else { throw wrong(name, expected: Value.words) }
        return value
    }

    package func setting(_ name: String) -> JSON? { settings.first { $0.name == name }?.value }

    private func wrong(_ name: String, expected: String) -> TensorError {
        let given = setting(name).map { $0.text.map { "'\($0)'" } ?? "\($0)" }
        return .argument(
            operation: kind, parameter: name, value: given.map { String($0.prefix(60)) } ?? "missing",
            expected: expected)
    }
}
