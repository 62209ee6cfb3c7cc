import Inference
import Layers
import LuaBridge
import Sessions
import Support
import Tensors

/// Makes values of Lua from what `ScriptWriter` wrote.
///
/// Functions have an environment of their own: the variables that were saved with them, and copies of what computes. A
/// file is data of others, which must not reach programs or the session's variables; a tensor's or a network's own
/// `save` is left to them.
struct ScriptReader {
    private let title: String
    private let tensors: [String: Tensor]
    private let lua: LuaState
    private let environment: LuaTable
    private let library: LuaCallback
    private var made: [Int: LuaValue] = [:]
    /// The names of the functions that were made.
    private var functions: [String] = []

    private static let setup = """
        local safe, modules = {}, {}
        for name in ("assert error ipairs next pairs pcall print rawequal rawget rawlen rawset select setmetatable "
            .. "tonumber tostring type xpcall"):gmatch("%S+") do safe[name] = _G[name] end
        -- Copies, so that nothing of the session's can be replaced, without what reads or writes files.
        for name in ("math string table utf8 coroutine torch torch.linalg nn nn.functional dist bayes prior stats "
            .. "optim"):gmatch("%S+") do
            local found, copy = package.loaded[name] or package.loaded["lunette." .. name] or _G[name], {}
            for key, value in pairs(found or copy) do
                local word = tostring(key)
                if not (word:find("^save") or word:find("^load")) then copy[key] = value end
            end
            setmetatable(copy, getmetatable(found))
            modules[name], modules["lunette." .. name] = copy, copy
            local parent, part = name:match("^(.*)%.(.*)$")
            if parent then modules[parent][part] = copy else safe[name] = copy end
        end
        modules._G = safe
        return setmetatable({}, {__index = safe}), function(module, name)
            local found = modules[module]
            if found and name then found = found[name] end
            if found == nil then
                error("the file's functions use " .. module .. (name and "." .. name or "")
                    .. ", which functions of files cannot: they have no io, os, require, load or debug", 0)
            end
            return found
        end
        """

    /// A reader for a file that holds `tensors`; errors begin with `title`.
    init(title: String, tensors: [String: Tensor], lua: LuaState) throws {
        (self.title, self.tensors, self.lua) = (title, tensors, lua)
        let values = try lua.run(Self.setup, name: "=loading")
        guard values.count == 2, case .table(let environment) = values[0], case .function(let library) = values[1]
        else { throw LuaError(message: "loading: setmetatable was replaced") }
        (self.environment, self.library) = (environment, library)
    }

    /// Sets the variables of the functions.
    mutating func setVariables(_ json: JSON) throws {
        for member in json.members ?? [] { try environment.set(member.name, value(member.value)) }
    }

    /// The value that `json` describes.
    mutating func value(_ json: JSON) throws -> LuaValue {
        switch json {
        case .null: return .none
        case .bool(let flag): return .boolean(flag)
        case .string(let text): return .string(text)
        default: break
        }
        if let number = json["integer"]?.text.flatMap({ Int($0) }) { return .integer(number) }
        if let number = json["number"]?.text.flatMap({ Double($0) }) { return .number(number) }
        if let names = json["library"]?.elements?.compactMap(\.text), let module = names.first {
            return try library(module, names.dropFirst().first, returning: LuaValue.self)
        }
        if let number = json["same"]?.integer, let value = made[number] { return value }
        guard let number = json["id"]?.integer else { throw malformed(json) }
        if let entries = json["table"]?.elements { return try table(entries, number: number) }
        let value: LuaValue
        if let text = json["function"]?.text {
            value = .function(try function(text, name: json["name"]?.text ?? "function"))
        } else if let place = json["tensor"]?.text {
            let tensor = try tensors.required(place).requireGradient(json["requires_grad"] == .bool(true))
            value = try lua.value(of: tensor)
        } else if let name = json["call"]?.text, let arguments = json["arguments"]?.elements {
            value = try call(name, arguments)
        } else if let layer = json["layer"], let prefix = json["tensors"]?.text {
            let session = ModuleSession.of(lua)
            for type in json["classes"]?.elements ?? [] { try define(type, in: session) }
            let made = try session.adding(to: .inference).layer(
                Configuration(layer), generator: RandomGenerator(seed: 0))
            try made.load(tensors.below(prefix))
            value = try lua.value(of: LayerType.AnyLayer(made))
        } else {
            throw malformed(json)
        }
        made[number] = value
        return value
    }

    /// The distribution or bijector that a function of `dist` makes.
    private mutating func call(_ name: String, _ arguments: [JSON]) throws -> LuaValue {
        let values = try arguments.map { try value($0) }
        if name == DistributionCall.inverse, let bijector = values.first?.object(as: LuaHandle.self) {
            return try bijector.member("inv")
        }
        let function = try library("lunette.dist", name, returning: LuaCallback.self)
        return try function.results(passing: values).first ?? .none
    }

    /// Defines a class, unless the session has one of the name.
    private mutating func define(_ json: JSON, in session: ModuleSession) throws {
        guard let name = json["name"]?.text, let members = json["members"] else { throw malformed(json) }
        guard session.type(named: name) == nil else {
            StandardStream.warnOnce(
                "\(title): the session has a class '\(name)', which is used in place of the file's of that name")
            return
        }
        let type = try ModuleClass(name, parent: json["parent"]?.text.flatMap(session.type(named:)))
        guard let defined = try session.define(type).object(as: DefinedClass.self),
            let fields = try value(members).object(as: LuaTable.self)
        else { throw malformed(json) }
        for (name, value) in try fields.pairs() { try defined.fields.set(name, value) }
    }

    private mutating func table(_ entries: [JSON], number: Int) throws -> LuaValue {
        guard case .table(let table)? = try lua.run("return {}", name: "=loading").first else { throw malformed(.null) }
        // Known before its fields are read, as one of them may be the table itself.
        made[number] = .table(table)
        for entry in entries {
            guard let pair = entry.elements, pair.count == 2 else { throw malformed(entry) }
            try table.set(value(pair[0]), value(pair[1]))
        }
        return .table(table)
    }

    private mutating func function(_ text: String, name: String) throws -> LuaCallback {
        let chunk = "\(title) \(name.split(separator: ".").last ?? "")"
        functions.append(name)
        return try lua.load("return " + text, name: "=" + chunk, environment: environment)(returning: LuaCallback.self)
    }

    /// Tells which functions of the file will run.
    func tellFunctions() {
        guard !functions.isEmpty else { return }
        StandardStream.warnOnce("\(title) runs code that its file holds: \(functions.joined(separator: ", "))")
    }

    private func malformed(_ json: JSON) -> TensorError {
        .argument(
            operation: "load", parameter: title, value: String("\(json)".prefix(60)),
            expected: "what saving a script's prior writes")
    }
}
