import Layers
import LuaBridge
import Support

/// Settings as the parameters of a function: positional arguments where they have no default, otherwise options, some
/// of which can be given by their positions too.
///
/// What is read is the list of settings with their values in the call.
struct SettingParameters: LuaParameter {
    private let parameters: [(name: String, parameter: any LuaParameter<JSON?>)]

    /// The parameters of `settings`, without those that only files give.
    init(_ settings: [SettingDeclaration]) {
        parameters = settings.compactMap { setting in Self.parameter(setting).map { (setting.name, $0) } }
    }

    /// Name, type, meaning and default of each.
    var parameterDescriptions: [ParameterDescription] { parameters.flatMap(\.parameter.parameterDescriptions) }

    /// The settings, with the values given or their defaults; one that has neither is left out.
    func read(_ reader: inout ArgumentReader) throws(LuaArgumentError) -> [JSON.Member] {
        var members: [JSON.Member] = []
        for (name, parameter) in parameters {
            if let value = try parameter.read(&reader) { members.append(JSON.Member(name, value)) }
        }
        return members
    }

    private static func parameter(_ setting: SettingDeclaration) -> (any LuaParameter<JSON?>)? {
        switch setting.kind {
        case .flag: Self.flag(setting)
        case .integer(let range): Self.numeric(setting, range, Int.init(json:)) { $0.json }
        case .number(let range): Self.numeric(setting, range, Float.init(json:)) { $0.json }
        case .real(let range): Self.numeric(setting, range, Double.init(json:)) { $0.json }
        case .list(let range): Self.numeric(setting, range, [Int].init(json:)) { $0.json }
        case .sizes(let range):
            Self.numeric(setting, range, { [Int](json: $0).map(Integers.init) }) { $0.values.json }
        case .choice(let names): Self.choice(setting, names)
        case .part: nil
        }
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
            return Converted(form(Option(setting.name, Value?.self, in: range, setting.summary), setting)) {
                $0.map(json)
            }
        }
        return Converted(form(Option(setting.name, Value.self, in: range, default: value, setting.summary), setting)) {
            json($0)
        }
    }

    private static func form<Value>(_ option: Option<Value>, _ setting: SettingDeclaration) -> Option<Value> {
        setting.isPositionalToo ? option.positionalToo() : option
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

/// A parameter whose value is converted to that of a setting.
private struct Converted<Inner: LuaParameter>: LuaParameter {
    private let inner: Inner
    private let convert: (Inner.Value) throws(LuaArgumentError) -> JSON?

    init(_ inner: Inner, _ convert: @escaping (Inner.Value) throws(LuaArgumentError) -> JSON?) {
        (self.inner, self.convert) = (inner, convert)
    }

    var parameterDescriptions: [ParameterDescription] { inner.parameterDescriptions }

    func read(_ reader: inout ArgumentReader) throws(LuaArgumentError) -> JSON? { try convert(inner.read(&reader)) }
}
