import CLua

/// How Lua sees a Swift class.
public final class LuaType: @unchecked Sendable {
    /// The name, as in `Tensor`.
    public let name: String
    /// What its objects are, in a sentence.
    public let summary: String
    /// The type whose methods, properties and metamethods this one has, too.
    public let supertype: LuaType?
    /// Whether scripts may set fields of their own on its objects.
    public let allowsFields: Bool
    /// Whether a key that names nothing gives nil, as in a table, where it would otherwise be an error.
    public let absentIsNil: Bool
    /// Whether scripts may give up an object before it is collected, with `free()` or a variable marked `<close>`.
    public let isReleasable: Bool
    /// The methods declared here; the first parameter of each is the object.
    public let methods: [LuaFunction]
    /// The properties declared here.
    public let properties: [LuaProperty]
    /// The metamethods declared here, `__add` and so on; `__index` and `__newindex` get the keys that name no member.
    public let metamethods: [LuaFunction]
    /// The names of members that an object has beside those of its type, such as the parts of a network.
    public let memberNames: (AnyObject) -> [String]
    /// What stands for an object where its class does not conform to a protocol that is needed, so that one conformance
    /// serves all classes of the type.
    public let representative: (AnyObject) -> Any?

    /// Describes a class.
    public init(
        _ name: String, _ summary: String, supertype: LuaType? = nil, allowsFields: Bool = false,
        absentIsNil: Bool = false, isReleasable: Bool = false, methods: [LuaFunction] = [],
        properties: [LuaProperty] = [], metamethods: [LuaFunction] = [], memberNames: ((AnyObject) -> [String])? = nil,
        representative: ((AnyObject) -> Any?)? = nil
    ) {
        self.name = name
        self.summary = summary
        self.supertype = supertype
        self.allowsFields = allowsFields || supertype?.allowsFields ?? false
        self.absentIsNil = absentIsNil || supertype?.absentIsNil ?? false
        self.isReleasable = isReleasable || supertype?.isReleasable ?? false
        self.methods = methods
        self.properties = properties
        self.metamethods = metamethods
        self.memberNames = memberNames ?? supertype?.memberNames ?? { _ in [] }
        self.representative = representative ?? supertype?.representative ?? { _ in nil }
    }

    /// The type and those it is derived from, the most general first.
    public var lineage: [LuaType] { (supertype?.lineage ?? []) + [self] }

    /// All methods, the type's own in the place of inherited ones of the same name.
    public var allMethods: [LuaFunction] { Self.latest(lineage.flatMap(\.methods), by: \.name) }

    /// All properties, the type's own in the place of inherited ones of the same name.
    public var allProperties: [LuaProperty] { Self.latest(lineage.flatMap(\.properties), by: \.name) }

    /// All metamethods, the type's own in the place of inherited ones of the same name.
    public var allMetamethods: [LuaFunction] { Self.latest(lineage.flatMap(\.metamethods), by: \.name) }

    private static func latest<Member>(_ members: [Member], by name: (Member) -> String) -> [Member] {
        var places: [String: Int] = [:]
        var result: [Member] = []
        for member in members {
            if let place = places[name(member)] {
                result[place] = member
            } else {
                places[name(member)] = result.count
                result.append(member)
            }
        }
        return result
    }

    /// The type of the object in a userdata; nil for the userdata of a function.
    static func of(_ userdata: UnsafeMutablePointer<lunette_object>) -> LuaType? {
        guard let type = userdata.pointee.type, type != userdata.pointee.host else { return nil }
        return Unmanaged<LuaType>.fromOpaque(type).takeUnretainedValue()
    }
}

/// A property of the objects of a type: `object.name`.
public struct LuaProperty: @unchecked Sendable {
    /// The property's name.
    public let name: String
    /// What it is, in a sentence.
    public let summary: String
    private let type: Any.Type
    private let givenTypeName: String?
    let getter: LuaFunction
    let setter: LuaFunction?

    /// Its type, in Lua's words.
    public var typeName: String { givenTypeName ?? (type as? any LuaDecodable.Type)?.luaTypeName ?? "value" }

    /// Whether scripts can set it.
    public var isSettable: Bool { setter != nil }

    /// A property that scripts can read.
    public init<Object: LuaDecodable, Value: LuaEncodable>(
        _ name: String, _ summary: String, type: String? = nil, get: @escaping (Object) throws -> Value
    ) {
        self.name = name
        self.summary = summary
        self.type = Value.self
        givenTypeName = type
        getter = LuaFunction(name, summary, Object.this, body: get)
        setter = nil
    }

    /// A property that scripts can read and set.
    public init<Object: LuaDecodable, Value: LuaEncodable & LuaDecodable>(
        _ name: String, _ summary: String, get: @escaping (Object) throws -> Value,
        set: @escaping (Object, Value) throws -> Void
    ) {
        self.name = name
        self.summary = summary
        type = Value.self
        givenTypeName = nil
        getter = LuaFunction(name, summary, Object.this, body: get)
        setter = LuaFunction(name, summary, Object.this, Parameter("value", Value.self, ""), body: set)
    }
}
