import Support

/// A type of values that settings have.
public protocol SettingValue: Sendable {
    /// What is expected, in words.
    static var words: String { get }
    /// The value that `json` holds; nil where it is of another type.
    init?(json: JSON)
    /// The value as files keep it.
    var json: JSON { get }
    /// The numbers that a range applies to.
    var numbers: [Double] { get }
}

extension SettingValue {
    /// None.
    public var numbers: [Double] { [] }
}

extension Bool: SettingValue {
    /// "true or false".
    public static var words: String { "true or false" }
    /// True or false.
    public init?(json: JSON) {
        guard case .bool(let value) = json else { return nil }
        self = value
    }
    /// True or false.
    public var json: JSON { .bool(self) }
}

extension Int: SettingValue {
    /// "a whole number".
    public static var words: String { "a whole number" }
    /// A whole number.
    public init?(json: JSON) {
        guard let value = json.integer else { return nil }
        self = value
    }
    /// The number.
    public var json: JSON { .integer(self) }
    /// The number.
    public var numbers: [Double] { [Double(self)] }
}

extension Float: SettingValue {
    /// "a number".
    public static var words: String { "a number" }
    /// A number, rounded to single precision.
    public init?(json: JSON) {
        guard let value = json.number else { return nil }
        self = Float(value)
    }
    /// The number.
    public var json: JSON { .number(Double(self)) }
    /// The number.
    public var numbers: [Double] { [Double(self)] }
}

extension Double: SettingValue {
    /// "a number".
    public static var words: String { Float.words }
    /// A number.
    public init?(json: JSON) {
        guard let value = json.number else { return nil }
        self = value
    }
    /// The number.
    public var json: JSON { .number(self) }
    /// The number.
    public var numbers: [Double] { [self] }
}

extension String: SettingValue {
    /// "a text".
    public static var words: String { "a text" }
    /// A text.
    public init?(json: JSON) {
        guard let value = json.text else { return nil }
        self = value
    }
    /// The text.
    public var json: JSON { .string(self) }
}

extension JSON: SettingValue {
    /// "a value".
    public static var words: String { "a value" }
    /// The value itself.
    public init?(json: JSON) { self = json }
    /// The value itself.
    public var json: JSON { self }
}

extension Array: SettingValue where Element == Int {
    /// "a list of whole numbers".
    public static var words: String { "a list of whole numbers" }
    /// A list of whole numbers, or one number as a list of one.
    public init?(json: JSON) {
        if let value = json.integer {
            self = [value]
            return
        }
        guard let elements = json.elements else { return nil }
        let values = elements.compactMap(\.integer)
        guard values.count == elements.count else { return nil }
        self = values
    }
    /// The list.
    public var json: JSON { .integers(self) }
    /// The numbers.
    public var numbers: [Double] { map(Double.init) }
}

extension Optional: SettingValue where Wrapped: SettingValue {
    /// As of the value that there may be.
    public static var words: String { Wrapped.words }
    /// A value, or null for none.
    public init?(json: JSON) {
        if case .null = json {
            self = Self.none
            return
        }
        guard let value = Wrapped(json: json) else { return nil }
        self = value
    }
    /// The value, or null.
    public var json: JSON { self?.json ?? .null }
    /// The numbers of the value, where there is one.
    public var numbers: [Double] { self?.numbers ?? [] }
}
