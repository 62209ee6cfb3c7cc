import Support
import Tensors

/// A named value that a layer or a prior is made from, declared once: constructors in Lua, files, help and the checks
/// of numbers follow from it.
public struct Setting<Value: SettingValue>: Sendable {
    /// What is declared, whatever the type of the value.
    public private(set) var declaration: SettingDeclaration

    private init(
        _ name: String, _ kind: SettingDeclaration.Kind, formerName: String? = nil, default value: Value?,
        _ summary: String
    ) {
        declaration = SettingDeclaration(
            name: name, formerName: formerName, kind: kind, defaultValue: value?.json, summary: summary)
    }

    /// The same setting, but always written, with its name, where a layer is printed.
    public var alwaysTold: Setting {
        var result = self
        result.declaration.isAlwaysTold = true
        return result
    }

    /// The same setting, but where it has a default, scripts may give it by its position too, as PyTorch's users do.
    public var positionalToo: Setting {
        var result = self
        result.declaration.isPositionalToo = true
        return result
    }

    /// The setting with a value, as configurations hold it.
    public func callAsFunction(_ value: Value) -> JSON.Member { JSON.Member(declaration.name, value.json) }
}

/// What is declared of a setting.
public struct SettingDeclaration: Sendable {
    /// The values that a setting has.
    public enum Kind: Sendable {
        /// True or false.
        case flag
        /// A whole number.
        case integer(NumberRange)
        /// A number in single precision.
        case number(NumberRange)
        /// A number in double precision.
        case real(NumberRange)
        /// Whole numbers, one for each direction; scripts may give one number for all.
        case sizes(NumberRange)
        /// A list of whole numbers.
        case list(NumberRange)
        /// One of several names.
        case choice([String])
        /// A value that only files hold, such as the layers of a sequence; scripts cannot give it.
        case part
    }

    /// The name, the same in files, in Lua and in errors.
    public let name: String
    /// The name in files of earlier versions, where it was another.
    public let formerName: String?
    /// The values that it takes.
    public let kind: Kind
    /// The value where none is given: JSON's null where the setting then has no value; nil where one must be given.
    public let defaultValue: JSON?
    /// What it means.
    public let summary: String
    /// Whether a printed layer always shows it with its name, even where it is positional or has its default.
    public fileprivate(set) var isAlwaysTold = false
    /// Whether scripts may give it by its position too, though it has a default; such settings come before the others.
    public fileprivate(set) var isPositionalToo = false
}

/// Settings without a default are positional arguments in Lua, those with one are options, or `positionalToo`.
extension Setting where Value == Bool {
    /// True or false.
    public static func flag(_ name: String, default value: Bool, _ summary: String) -> Setting {
        Setting(name, .flag, default: value, summary)
    }
}

extension Setting where Value == Int {
    /// A whole number in `range`, 1 or more by default.
    public static func integer(
        _ name: String, in range: NumberRange = .count, default value: Int? = nil, formerName: String? = nil,
        _ summary: String
    ) -> Setting {
        Setting(name, .integer(range), formerName: formerName, default: value, summary)
    }
}

extension Setting where Value == Int? {
    /// A whole number in `range`, 1 or more by default, or none.
    public static func optionalInteger(_ name: String, in range: NumberRange = .count, _ summary: String) -> Setting {
        Setting(name, .integer(range), default: .some(nil), summary)
    }
}

extension Setting where Value == Float {
    /// A number in `range`.
    public static func number(
        _ name: String, in range: NumberRange, default value: Float? = nil, _ summary: String
    ) -> Setting {
        Setting(name, .number(range), default: value, summary)
    }
}

extension Setting where Value == Double {
    /// A number in `range`, in double precision.
    public static func real(
        _ name: String, in range: NumberRange, default value: Double? = nil, _ summary: String
    ) -> Setting {
        Setting(name, .real(range), default: value, summary)
    }
}

extension Setting where Value == [Int] {
    /// Whole numbers in `range`: one for each direction, or one for all.
    public static func sizes(
        _ name: String, in range: NumberRange = .count, default value: Int? = nil, _ summary: String
    ) -> Setting {
        Setting(name, .sizes(range), default: value.map { [$0] }, summary)
    }

    /// A list of whole numbers in `range`.
    public static func list(_ name: String, in range: NumberRange = .count, _ summary: String) -> Setting {
        Setting(name, .list(range), default: nil, summary)
    }
}

extension Setting where Value == [Int]? {
    /// Whole numbers as `sizes` has them, or none.
    public static func optionalSizes(_ name: String, in range: NumberRange = .count, _ summary: String) -> Setting {
        Setting(name, .sizes(range), default: .some(nil), summary)
    }

    /// A list of whole numbers in `range`, or none.
    public static func optionalList(_ name: String, in range: NumberRange = .count, _ summary: String) -> Setting {
        Setting(name, .list(range), default: .some(nil), summary)
    }
}

extension Setting where Value == String {
    /// One of `names`.
    public static func choice(_ name: String, of names: [String], default value: String? = nil, _ summary: String)
        -> Setting
    {
        Setting(name, .choice(names), default: value, summary)
    }
}

extension Setting {
    /// A value that only files hold, such as the layers of a sequence; scripts cannot give it.
    public static func part(_ name: String, default value: Value? = nil, _ summary: String) -> Setting {
        Setting(name, .part, default: value, summary)
    }
}
