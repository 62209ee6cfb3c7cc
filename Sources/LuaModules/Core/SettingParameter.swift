import Layers
import LuaBridge
import Support

/// A setting as a parameter of a function of scripts: an argument by its position where it has no default, else an option.
///
/// It gives the setting with the value read, or nil where that is left to the default.
struct SettingParameter: LuaParameter {
    private let name: String
    private let parameter: any LuaParameter<JSON?>

    /// The parameter of a setting; nil for one that only files tell.
    init?(_ setting: SettingDeclaration) {
        name = setting.name
        switch setting.kind {
        case .flag: parameter = Self.flag(setting)
        case .integer(let range): parameter = Self.numeric(setting, range, Int.init(json:)) { $0.json }
        case .number(let range): parameter = Self.numeric(setting, range, Float.init(json:)) { $0.json }
        case .list(let range): parameter = Self.numeric(setting, range, [Int].init(json:)) { $0.json }
        case .sizes(let range):
            parameter = Self.numeric(setting, range, { [Int](json: $0).map(Integers.init) }) { $0.values.json }
        case .choice(let names): parameter = Self.choice(setting, names)
        case .part: return nil
        }
    }

    /// Name, type, meaning and default.
    var parameterDescription: ParameterDescription { parameter.parameterDescription }

    /// The setting with the value given.
    func read(_ reader: inout ArgumentReader) throws(LuaArgumentError) -> JSON.Member? {
        try parameter.read(&reader).map { JSON.Member(name, $0) }
    }

    private static func flag(_ setting: SettingDeclaration) -> any LuaParameter<JSON?> {
        let value = setting.defaultValue.flatMap(Bool.init(json:)) ?? false
        return Converted(Option(setting.name, Bool.self, default: value, setting.summary)) { $0.json }
    }

    private static func numeric<Value: LuaNumeric>(
        _ setting: SettingDeclaration, _ range: NumberRange, _ value: (JSON) -> Value?, json: @escaping (Value) -> JSON
    ) -> any LuaParameter<JSON?> {
        guard let defaultValue = setting.defaultValue else {
            return Converted(Parameter(setting.name, Value.self, in: range, setting.summary)) { json($0) }
        }
        guard let value = value(defaultValue) else {
            return Converted(Option(setting.name, Value?.self, in: range, setting.summary)) { $0.map(json) }
        }
        return Converted(Option(setting.name, Value.self, in: range, default: value, setting.summary)) { json($0) }
    }

    private static func choice(_ setting: SettingDeclaration, _ names: [String]) -> any LuaParameter<JSON?> {
        func checked(_ name: String) throws(LuaArgumentError) -> JSON? {
            guard names.contains(name) else {
                throw LuaArgumentError(setting.name, "\(names.choiceText) expected, got '\(name)'")
            }
            return name.json
        }
        guard let value = setting.defaultValue?.text else {
            return Converted(Parameter(setting.name, String.self, setting.summary), checked)
        }
        return Converted(Option(setting.name, String.self, default: value, setting.summary), checked)
    }
}

/// A parameter whose value is made another.
private struct Converted<Inner: LuaParameter>: LuaParameter {
    private let inner: Inner
    private let convert: (Inner.Value) throws(LuaArgumentError) -> JSON?

    init(_ inner: Inner, _ convert: @escaping (Inner.Value) throws(LuaArgumentError) -> JSON?) {
        (self.inner, self.convert) = (inner, convert)
    }

    var parameterDescription: ParameterDescription { inner.parameterDescription }

    func read(_ reader: inout ArgumentReader) throws(LuaArgumentError) -> JSON? { try convert(inner.read(&reader)) }
}
