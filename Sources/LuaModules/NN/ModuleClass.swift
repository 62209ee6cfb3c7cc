import Layers
import LuaBridge
import Support
import Tensors

/// A class of modules that a script defines; its methods are fields of the object that the script holds.
final class ModuleClass: LuaObject {
    let name: String
    let parent: DefinedClass?

    /// Defines a class; an error where the name is none, or it has too many ancestors.
    init(_ name: String, parent: DefinedClass?) throws(TensorError) {
        let isName = name.wholeMatch(of: /[A-Za-z_][A-Za-z0-9_]*/) != nil
        try require(isName, "class", "name", "'\(name.shown)'", expected: "letters, digits and _, no digit first")
        let ancestors = parent.map { $0.lineage.reduce(0) { count, _ in count + 1 } } ?? 0
        try require(ancestors <= 32, "class", "parent", "a class with 32 ancestors", expected: "fewer of them")
        (self.name, self.parent) = (name, parent)
    }

    /// Throws where `key` is a method or a property of every module, which `name` cannot have, too.
    static func checkNotTaken(_ key: String, by name: String) throws(LuaError) {
        if takenNames.contains(key) {
            throw LuaError(message: "\(name) cannot define '\(key)': every module has it already; choose another name")
        }
        if key.hasPrefix("__") {
            throw LuaError(message: "\(name) cannot define '\(key)': names with __ are Lua's; choose another name")
        }
    }

    private static let takenNames = Set(
        ScriptedLayer.luaType.allMethods.map(\.name) + ScriptedLayer.luaType.allProperties.map(\.name))

    private static let type = Parameter("class", DefinedClass.self, "")
    private static let key = Parameter("key", String.self, "its name")

    static let luaType = LuaType(
        "Class", "A class of modules: its call makes a module; functions that are set on it are the modules' methods.",
        allowsFields: true,
        metamethods: [
            LuaFunction(
                "__call", "Makes a module, and calls its `init` with the arguments.", type, ModuleSession.parameter,
                AnyArguments("arguments", "what init takes"), returns: "module"
            ) { type, session, arguments in
                try session.module(of: type, arguments, kept: ClassArguments.json(arguments))
            },
            LuaFunction.variable(
                "__index", "Finds a method of the class, or of those that it is derived from.", type, key,
                returns: "value"
            ) { type, key in
                let member = try type.member(key)
                guard case .none = member else { return LuaResults([member]) }
                // A class that is derived from this one need not know whether it has an init.
                guard key != "init" else { return LuaResults([emptyStart]) }
                throw LuaError(
                    message: "\(type.name) is a class, and has no '\(key)'; \(type.name)(...) makes a module")
            },
            LuaFunction(
                "__newindex", "Defines a method, or another value that all modules of the class have.", this, key,
                Parameter("value", LuaValue.self, "")
            ) { type, key, value in
                try checkNotTaken(key, by: type.name)
                switch ModulePart(value) {
                case nil, .tensor: break
                case .layer, .parameter:
                    throw LuaError(
                        message: "\(type.name) is a class: parameters and modules such as '\(key)' belong to the "
                            + "modules that \(type.name)(...) makes; set them on self in \(type.name):init")
                }
                // With this error the bridge sets a field.
                throw LuaArgumentError("key", "a field")
            },
            LuaFunction("__tostring", "Writes the names of the class and its parent.", this, returns: "string") {
                "class \($0.name)" + ($0.parent.map { "(\($0.name))" } ?? "")
            },
        ])

    private static let emptyStart = LuaFunction("init", "Does nothing.", AnyArguments("arguments", "anything")) { _ in }
}

/// A class with what the script has set on it.
struct DefinedClass: LuaDecodable {
    let type: ModuleClass
    /// The fields of the class; modules hold these alone, and not the script's object.
    let fields: LuaTable

    /// "Class".
    static let luaTypeName = "Class"

    /// The class at `index`, with its fields.
    static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> DefinedClass {
        let type = try ModuleClass.decode(stack, at: index)
        return DefinedClass(type: type, fields: try LuaTable.fields(stack, ofObjectAt: index))
    }

    /// The name of the class.
    var name: String { type.name }

    /// The class, its parent and so on.
    var lineage: some Sequence<DefinedClass> { sequence(first: self) { $0.type.parent } }

    /// The member `name` of the class, or of the nearest one that it is derived from; nil where none has it.
    func member(_ name: String) throws -> LuaValue {
        for type in lineage {
            let value: LuaValue = try type.fields.get(name)
            if case .none = value { continue }
            return value
        }
        return .none
    }

    /// The names of all members.
    var memberNames: [String] { lineage.flatMap(\.fields.names) }
}

extension LuaTable {
    /// The keys that are strings; none where the table cannot be read.
    var names: [String] {
        ((try? pairs()) ?? []).compactMap { key, _ in
            if case .string(let name) = key { name } else { nil }
        }
    }
}

/// All arguments that are left, whatever they are; tables are not taken for options or for lists of arguments.
struct AnyArguments: LuaParameter {
    private let description: Variadic<LuaValue>

    /// Any number of arguments.
    init(_ name: String, _ summary: String) { description = Variadic(name, LuaValue.self, summary) }

    /// The one description.
    var parameterDescriptions: [ParameterDescription] { description.parameterDescriptions }

    /// The arguments, nil among them too.
    func read(_ reader: inout ArgumentReader) throws(LuaArgumentError) -> [LuaValue] {
        do throws(LuaMismatch) {
            var values: [LuaValue] = []
            while reader.hasPositional { values.append(try LuaValue.decode(reader.stack, at: reader.nextPositional())) }
            return values
        } catch {
            throw LuaArgumentError("arguments", error.description)
        }
    }
}
