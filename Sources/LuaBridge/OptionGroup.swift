/// Options of one type whose names are data, such as those of all layouts of data sets; their value is a dictionary of
/// those that were given.
public struct OptionGroup<Value: LuaDecodable>: LuaParameter, @unchecked Sendable {
    private let options: [Option<Value?>]

    /// Groups options.
    public init(_ options: [Option<Value?>]) { self.options = options }

    /// Name, type, meaning and default of each.
    public var parameterDescriptions: [ParameterDescription] { options.map(\.parameterDescription) }

    /// The values by name, without those that were not given.
    public func read(_ reader: inout ArgumentReader) throws(LuaArgumentError) -> [String: Value] {
        var values: [String: Value] = [:]
        for option in options {
            if let value = try option.read(&reader) { values[option.parameterDescription.name] = value }
        }
        return values
    }
}
