import Inference
import Layers
import LuaBridge
import Support
import Tensors

/// Writes values of Lua as JSON: numbers, texts, tables, functions as source text, tensors and layers by name, and
/// distributions as the calls that make them.
///
/// What comes twice is written once; what every session has, such as `math.log` or `torch`, is named. Anything else is
/// refused with the place where it was found.
struct ScriptWriter {
    /// The tensors that were met, by the places where they were.
    private(set) var tensors: [(name: String, tensor: Tensor)] = []
    private let title: String
    private let lua: LuaState
    /// The numbers of the tables, functions and objects that were met; a Lua table, as Swift cannot tell them apart.
    private let seen: LuaTable
    /// The numbers of the tensors and layers that were met, which Lua may hold as several objects. What holds them is
    /// kept by `seen`.
    private var objects: [ObjectIdentifier: Int] = [:]
    /// Lists of names, by the value that every session has under them.
    private let library: LuaTable
    /// The variables that functions use and that are still to be written.
    private var waiting: [(name: String, value: LuaValue)] = []
    /// The variables by name.
    private let used: LuaTable
    private var count = 0
    /// The names of the classes that were written.
    private var classes: Set<String> = []

    private static let deepest = 60
    private static let setup = """
        local names, sorted = {[_G] = {"_G"}}, {}
        for name, module in pairs(package.loaded) do
            if type(module) == "table" and module ~= _G then sorted[#sorted + 1] = name end
        end
        table.sort(sorted)
        for _, name in ipairs(sorted) do
            local module = package.loaded[name]
            names[module] = names[module] or {name}
            local keys = {}
            for key in next, module do
                if type(key) == "string" then keys[#keys + 1] = key end
            end
            table.sort(keys)
            for _, key in ipairs(keys) do
                local value = rawget(module, key)
                if type(value) == "table" or type(value) == "function" then names[value] = names[value] or {name, key} end
            end
        end
        for name, value in pairs(_G) do
            if type(value) == "function" and debug.getinfo(value, "S").what ~= "Lua" and type(name) == "string" then
                names[value] = names[value] or {"_G", name}
            end
        end
        return {}, names, {}
        """

    /// A writer whose errors begin with `title`.
    init(title: String, lua: LuaState) throws {
        (self.title, self.lua) = (title, lua)
        let made = try lua.run(Self.setup, name: "=saving")
        guard made.count == 3, case .table(let seen) = made[0], case .table(let library) = made[1],
            case .table(let used) = made[2]
        else { throw LuaError(message: "saving: the tables of the session's names cannot be made") }
        (self.seen, self.library, self.used) = (seen, library, used)
    }

    /// A value that was found at `place`, a dotted path.
    mutating func json(_ value: LuaValue, at place: String, depth: Int = 0) throws -> JSON {
        guard depth < Self.deepest else { throw refused(place, "is nested more than \(Self.deepest) deep") }
        switch value {
        case .none: return .null
        case .boolean(let flag): return .bool(flag)
        case .integer(let number): return .record(["integer": .string("\(number)")])
        case .number(let number): return .record(["number": .string("\(number)")])
        case .string(let text): return .string(text)
        case .table, .function, .other: break
        }
        if let names = try library.get(value, as: [String]?.self) {
            return .record(["library": .array(names.map(JSON.string))])
        }
        let tensor = value.object(as: Tensor.self)
        let layer = value.object(as: LayerType.AnyLayer.self)?.value
        let object = tensor.map { ObjectIdentifier($0) } ?? layer.map { ObjectIdentifier($0) }
        if let number = try seen.get(value, as: Int?.self) ?? object.flatMap({ objects[$0] }) {
            return .record(["same": number.json])
        }
        count += 1
        let number = JSON.Member("id", count.json)
        try seen.set(value, count)
        if let object { objects[object] = count }
        switch value {
        case .table(let table):
            guard try !table.hasMetatable() else { throw refused(place, "has a metatable, which files do not keep") }
            let fields = try table.namedPairs()
            guard try fields.count == table.pairs().count else {
                throw refused(place, "has keys that are neither texts nor whole numbers")
            }
            var entries: [JSON] = []
            for (name, key, inner) in fields {
                let key = try json(key, at: place)
                entries.append(.array([key, try json(inner, at: "\(place).\(name)", depth: depth + 1)]))
            }
            return .object([number, JSON.Member("table", .array(entries))])
        case .function(let function): return try .object([number] + members(of: function, at: place))
        default:
            if let call = DistributionCall(value) {
                return .object([number] + (try members(of: call, at: place, depth: depth)))
            }
            if let tensor {
                tensors.append((place, tensor))
                return .object([
                    number, JSON.Member("tensor", .string(place)),
                    JSON.Member("requires_grad", .bool(tensor.requiresGradient)),
                ])
            }
            guard let layer else {
                throw refused(place, "is a \(value.typeName), which files do not keep")
            }
            let classes = try classes(of: layer, at: place, depth: depth)
            tensors += layer.stateDictionary.sorted { $0.key < $1.key }.map { ("\(place).\($0.key)", $0.value) }
            return .object([
                number, JSON.Member("layer", layer.configuration.json), JSON.Member("tensors", .string(place + ".")),
                JSON.Member("classes", .array(classes)),
            ])
        }
    }

    /// The classes of the modules of scripts in a layer, each after those that it is derived from.
    private mutating func classes(of layer: any Layer, at place: String, depth: Int) throws -> [JSON] {
        var written: [JSON] = []
        for case let module as ScriptedLayer in layer.namedLayers.map(\.layer) {
            for type in Array(module.type.lineage).reversed() where !classes.contains(type.name) {
                classes.insert(type.name)
                let members = try json(.table(type.fields), at: "\(place).\(type.name)", depth: depth + 1)
                written.append(
                    .record([
                        "name": .string(type.name), "parent": type.type.parent.map { .string($0.name) } ?? .null,
                        "members": members,
                    ]))
            }
        }
        return written
    }

    private mutating func members(
        of call: DistributionCall, at place: String, depth: Int
    ) throws -> [JSON.Member] {
        var arguments = call.arguments
        if !call.options.isEmpty {
            var options: [String: LuaValue] = [:]
            for (name, value) in call.options { options[name] = try lua.value(of: value) }
            arguments.append(("options", options))
        }
        let written = try arguments.map { name, argument in
            if let tensor = argument as? Tensor, tensor.requiresGradient, !tensor.isLeaf {
                throw refused(
                    "\(place).\(name)",
                    "was computed from other tensors, which a file does not know: make the distribution in log_prob, "
                        + "where it is computed anew")
            }
            return try json(lua.value(of: argument), at: "\(place).\(name)", depth: depth + 1)
        }
        return [JSON.Member("call", .string(call.function)), JSON.Member("arguments", .array(written))]
    }

    private mutating func members(of function: LuaCallback, at place: String) throws -> [JSON.Member] {
        let text = try FunctionText.of(function, title: "\(title): \(place)")
        let upvalues = try function.upvalues
        for (name, value) in upvalues where name != "_ENV" { try use(name, value, by: place) }
        let environment = upvalues.first { $0.name == "_ENV" }?.value.object(as: LuaTable.self)
        for name in try function.code?.globals.sorted() ?? [] {
            guard let value = try environment?.get(name, as: LuaValue.self) else { continue }
            try use(name, value, by: place)
        }
        return [JSON.Member("function", .string(text)), JSON.Member("name", .string(place))]
    }

    /// Notes a variable of a function; an error where another function uses another one of the same name.
    private mutating func use(_ name: String, _ value: LuaValue, by place: String) throws {
        if case .none = value { return }
        guard try used.get(name, as: LuaValue?.self).map({ if case .none = $0 { true } else { false } }) ?? true else {
            let same = try lua.run("local a, b = ... return rawequal(a, b)", arguments: [used.get(name), value])
            guard case .boolean(true)? = same.first else {
                throw refused(place, "uses a variable '\(name)' that is another one in another function")
            }
            return
        }
        try used.set(name, value)
        waiting.append((name, value))
    }

    /// The variables that the functions written so far use, those of their functions too, by name.
    mutating func variables() throws -> JSON {
        var members: [JSON.Member] = []
        while !waiting.isEmpty {
            let (name, value) = waiting.removeFirst()
            members.append(JSON.Member(name, try json(value, at: "variables.\(name)")))
        }
        return .object(members)
    }

    private func refused(_ place: String, _ reason: String) -> LuaError {
        LuaError(message: "\(title) cannot be saved: \(place) \(reason)")
    }
}
