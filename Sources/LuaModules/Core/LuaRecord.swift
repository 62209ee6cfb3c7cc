import LuaBridge

/// A table with named fields whose values are of several types.
struct LuaRecord: LuaEncodable {
    private let fields: KeyValuePairs<String, any LuaEncodable>

    init(_ fields: KeyValuePairs<String, any LuaEncodable>) { self.fields = fields }

    /// Pushes a table with these fields; one whose value is nil is left out.
    func push(on stack: LuaStack) throws(LuaError) {
        try stack.pushTable(hash: fields.count)
        for (name, value) in fields { try stack.setField(name, value) }
    }
}
