import Support

/// A type of values that settings have, and how files keep such a value as JSON.
public protocol SettingValue: Sendable {
    /// Such a value in the words of errors, as "a number"; and several of them, as "numbers".
    static var words: String { get }
    static var plural: String { get }
    /// The value that `json` holds; nil where it is of another type.
    init?(json: JSON)
    /// The value as files keep it.
    var json: JSON { get }
    /// The numbers that a range applies to.
    var numbers: [Double] { get }
}

extension SettingValue {
    /// No numbers.
    public var numbers: [Double] { [] }
}

extension Bool: SettingValue {
    /// "true or false".
    public static var words: String { "true or false" }
    /// "truth values".
    public static var plural: String { "truth values" }
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
    /// "whole numbers".
    public static var plural: String { "whole numbers" }
    /// A whole number.
    public init?(json: JSON) {
        guard let value = json.integer else { return nil }
        self = value
    }
    /// The number.
    public var json: JSON { .number(Double(self)) }
    /// The number.
    public var numbers: [Double] { [Double(self)] }
}

extension SettingValue where Self: BinaryFloatingPoint {
    /// "a number".
    public static var words: String { "a number" }
    /// "numbers".
    public static var plural: String { "numbers" }
    /// A number, rounded to the type's precision.
    public init?(json: JSON) {
        guard let value = json.number else { return nil }
        self = Self(value)
    }
    /// The number.
    public var json: JSON { .number(Double(self)) }
    /// The number.
    public var numbers: [Double] { [Double(self)] }
}

extension Float: SettingValue {}
extension Double: SettingValue {}

extension String: SettingValue {
    /// "a text".
    public static var words: String { "a text" }
    /// "texts".
    public static var plural: String { "texts" }
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
    /// "values".
    public static var plural: String { "values" }
    /// The value itself.
    public init?(json: JSON) { self = json }
    /// The value itself.
    public var json: JSON { self }
}

extension Array: SettingValue where Element: SettingValue {
    /// "a list of numbers".
    public static var words: String { "a list of \(Element.plural)" }
    /// "lists of numbers".
    public static var plural: String { "lists of \(Element.plural)" }
    /// A list whose elements are all of the type.
    public init?(json: JSON) {
        guard let elements = json.elements else { return nil }
        self = elements.compactMap(Element.init(json:))
        guard count == elements.count else { return nil }
    }
    /// The list.
    public var json: JSON { .array(map(\.json)) }
    /// The numbers of all elements.
    public var numbers: [Double] { flatMap(\.numbers) }
}

extension Optional: SettingValue where Wrapped: SettingValue {
    /// The words for the value that there may be.
    public static var words: String { Wrapped.words }
    /// The words for several of them.
    public static var plural: String { Wrapped.plural }
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
