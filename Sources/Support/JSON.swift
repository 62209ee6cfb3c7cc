/// A JSON value (RFC 8259), which keeps the order of an object's members.
///
/// It stands in for Foundation's, which loses that order, accepts a name twice, and slows a program's start.
public indirect enum JSON: Equatable, Sendable {
    case null
    case bool(Bool)
    case number(Double)
    /// A number as its text had it, where its `Double` would be written in other digits; only
    /// `init(parsing:keepingDigits:)` makes it.
    case digits(String)
    case string(String)
    case array([JSON])
    case object([Member])

    /// A name and its value.
    public struct Member: Equatable, Sendable {
        /// The name.
        public let name: String
        /// The value.
        public let value: JSON

        /// Pairs a name with a value.
        public init(_ name: String, _ value: JSON) {
            self.name = name
            self.value = value
        }
    }

    /// An object with these members.
    package static func record(_ members: KeyValuePairs<String, JSON>) -> JSON {
        .object(members.map { Member($0.key, $0.value) })
    }

    /// The value of the member `name`, where this is an object that has one.
    public subscript(name: String) -> JSON? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    /// The text, where this is a string.
    public var text: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    /// The number, where this is one.
    public var number: Double? {
        switch self {
        case .number(let number): number
        case .digits(let digits): Double(digits)
        default: nil
        }
    }

    /// The number, where it is whole and of at most 53 bits.
    public var integer: Int? {
        guard let number, number.magnitude <= 0x1p53 else { return nil }
        return Int(exactly: number)
    }

    /// The elements, where this is an array.
    public var elements: [JSON]? {
        guard case .array(let elements) = self else { return nil }
        return elements
    }

    /// The members, where this is an object.
    public var members: [Member]? {
        guard case .object(let members) = self else { return nil }
        return members
    }

    /// This object with the member `name` replaced where it stands, added at the end, or removed for nil; a value that
    /// is no object counts as an empty one.
    public func setting(_ name: String, to value: JSON?) -> JSON {
        var members = members ?? []
        let place = members.firstIndex { $0.name == name }
        switch (place, value) {
        case (let place?, let value?): members[place] = Member(name, value)
        case (let place?, nil): members.remove(at: place)
        case (nil, let value?): members.append(Member(name, value))
        case (nil, nil): break
        }
        return .object(members)
    }
}
