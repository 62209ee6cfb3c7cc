import CLua
import Support

/// What a function's declaration says of its arguments as a whole.
public final class ArgumentLayout: Sendable {
    /// The parameters and options, in order.
    public let parameters: [ParameterDescription]
    @usableFromInline let positionalCount: Int32
    /// How many arguments have to come before a table can be the table of options.
    @usableFromInline let requiredCount: Int32
    @usableFromInline let isVariadic: Bool
    @usableFromInline package let options: [ParameterDescription]
    /// How many of the options, the first ones, can be given by their positions too.
    let positionalOptions: Int32
    /// The options that exclude or need another.
    let pairs: [OptionPair]

    @usableFromInline
    init(_ parameters: [ParameterDescription]) {
        self.parameters = parameters
        let positional = parameters.filter { $0.kind == .positional }
        positionalCount = Int32(clamping: positional.count)
        // A parameter of any type takes a table as its value, not as options.
        requiredCount = Int32(clamping: positional.count { $0.defaultText == nil || $0.type == LuaValue.self })
        isVariadic = parameters.contains { $0.kind == .variadic }
        let options = parameters.filter { $0.kind == .option }
        self.options = options
        positionalOptions = Int32(clamping: options.prefix { $0.isPositionalToo }.count)
        pairs = options.indices.flatMap { slot in
            OptionPair.all(slot, options[slot], places: { name in options.firstIndex { $0.name == name } })
        }
    }
}

/// Two options that exclude each other, or of which the first needs the second.
struct OptionPair: Sendable {
    private let names: (String, String)
    private let slots: (Int32, Int32)
    private let isExcluding: Bool

    /// The pairs that the declaration of the option in the place `slot` names.
    static func all(_ slot: Int, _ option: ParameterDescription, places: (String) -> Int?) -> [OptionPair] {
        let others = option.excluded.map { ($0, true) } + (option.needed.map { [($0, false)] } ?? [])
        return others.compactMap { name, isExcluding in
            guard let other = places(name) else { return nil }
            return OptionPair(
                names: (option.name, name), slots: (Int32(clamping: slot), Int32(clamping: other)),
                isExcluding: isExcluding)
        }
    }

    /// Throws where both options exclude each other, or the needed one is missing; `isGiven` says whether the option in
    /// a place was given.
    func check(_ isGiven: (Int32) -> Bool) throws(LuaArgumentError) {
        guard isGiven(slots.0), isGiven(slots.1) == isExcluding else { return }
        throw LuaArgumentError(
            position: nil, name: names.0,
            reason: isExcluding
                ? "it contradicts the option '\(names.1)': only one of the two can be given"
                : "it says nothing without the option '\(names.1)'")
    }
}

/// Reads the arguments of one call from the stack.
@frozen
public struct ArgumentReader {
    /// The stack with the arguments.
    public let stack: LuaStack
    /// The number of positional arguments.
    @usableFromInline let count: Int32
    /// The position of the last argument read.
    @usableFromInline var position: Int32 = 0
    /// The index of the last option read; the options lie behind the arguments, nil where they are not given.
    @usableFromInline var option: Int32

    /// An index where there is no value.
    @usableFromInline static let nowhere: Int32 = 1_000_001

    /// Checks the number of arguments, and finds the options by their names.
    @inlinable
    init(_ stack: LuaStack, _ layout: ArgumentLayout) throws(LuaArgumentError) {
        self.stack = stack
        let top = stack.count
        option = top
        if layout.options.isEmpty {
            count = top
        } else {
            count = try Self.spreadOptions(stack, layout, top)
        }
        if count > layout.positionalCount, !layout.isVariadic {
            try Self.requireNoMore(stack, layout, count)
        }
    }

    /// The index of the next positional argument.
    @inlinable
    public mutating func nextPositional() -> Int32 {
        position += 1
        return position <= count ? position : Self.nowhere
    }

    /// Whether there are more positional arguments.
    @inlinable
    public var hasPositional: Bool { position < count }

    /// The index of the next option's value.
    @inlinable
    public mutating func nextOption() -> Int32 {
        option += 1
        return option
    }

    /// The elements of the only argument left, if it is a table.
    mutating func onlyTable<Element: LuaDecodable>(of type: [Element].Type) throws(LuaMismatch) -> [Element]? {
        guard count == position + 1, stack.type(at: count) == LUA_TTABLE, Element.luaTypeName != "table",
            !(Element.self is any LuaListElement.Type)
        else { return nil }
        position = count
        return try [Element].decode(stack, at: count)
    }

    /// The error for a wrong value of the parameter that was read last; it names the position, except for an option.
    @usableFromInline
    func error(_ mismatch: LuaMismatch, in parameter: ParameterDescription) -> LuaArgumentError {
        LuaArgumentError(
            position: parameter.kind == .option ? nil : Int(position), name: parameter.name,
            reason: mismatch.description)
    }

    /// Copies the fields of the options table to the end of the stack, in the order of declaration; returns the number
    /// of arguments before the table.
    @usableFromInline
    static func spreadOptions(
        _ stack: LuaStack, _ layout: ArgumentLayout, _ top: Int32
    ) throws(LuaArgumentError) -> Int32 {
        let slots = Int32(clamping: layout.options.count)
        guard lua_checkstack(stack.pointer, slots + 4) != 0 else {
            throw LuaArgumentError(position: Int(top), name: nil, reason: "stack overflow")
        }
        let given = top > layout.requiredCount && isOptions(stack, layout, at: top)
        lua_settop(stack.pointer, top + slots)
        var count = given ? top - 1 : top
        let most = layout.positionalCount + layout.positionalOptions
        var moved: Int32 = 0
        if layout.positionalOptions > 0 {
            while count > most, stack.isAbsent(at: count) { count -= 1 }
            if layout.positionalCount + 1...most ~= count {
                moved = count - layout.positionalCount
                count = layout.positionalCount
                for slot in 1...moved { lua_copy(stack.pointer, count + slot, top + slot) }
            }
        }
        guard given else { return count }
        lua_pushnil(stack.pointer)
        // Nothing is allocated between these steps, so no finaliser can change the table and lua_next cannot raise.
        while lua_next(stack.pointer, top) != 0 {
            guard stack.type(at: -2) == LUA_TSTRING else {
                let found = "an option's name expected, got a \(stack.typeName(at: -2))"
                throw LuaArgumentError(position: Int(top), name: nil, reason: found)
            }
            let slot = try find(stack, layout, top)
            if slot < moved, !stack.isAbsent(at: top + 1 + slot) {
                let name = layout.options[Int(slot)].name
                throw LuaArgumentError(position: Int(top), name: nil, reason: "'\(name)' is given by its position, too")
            }
            lua_copy(stack.pointer, -1, top + 1 + slot)
            stack.pop()
        }
        for pair in layout.pairs {
            try pair.check { slot in !stack.isAbsent(at: top + 1 + slot) }
        }
        return count
    }

    /// Whether the last argument is the options table rather than a positional argument.
    private static func isOptions(_ stack: LuaStack, _ layout: ArgumentLayout, at top: Int32) -> Bool {
        guard stack.type(at: top) == LUA_TTABLE else { return false }
        if top > layout.positionalCount + layout.positionalOptions, !layout.isVariadic { return true }
        return lua_rawlen(stack.pointer, top) == 0
    }

    /// The number of the option whose name is at -2.
    private static func find(
        _ stack: LuaStack, _ layout: ArgumentLayout, _ top: Int32
    ) throws(LuaArgumentError) -> Int32 {
        let name = String.bytes(stack, at: -2)
        if let slot = layout.options.firstIndex(where: { $0.name == name }) { return Int32(clamping: slot) }
        let hint = nearestName(to: name, among: layout.options.map(\.name)).map { ", did you mean '\($0)'?" } ?? ""
        throw LuaArgumentError(position: Int(top), name: nil, reason: "unknown option '\(name)'\(hint)")
    }

    /// Throws unless all arguments beyond the last parameter are nil.
    @usableFromInline
    static func requireNoMore(
        _ stack: LuaStack, _ layout: ArgumentLayout, _ count: Int32
    ) throws(LuaArgumentError) {
        let most = layout.positionalCount + layout.positionalOptions
        for index in most + 1...count where !stack.isAbsent(at: index) {
            let plural = most == 1 ? "argument" : "arguments"
            throw LuaArgumentError(
                position: Int(index), name: nil, reason: "at most \(most) \(plural) expected, got \(count)")
        }
    }
}

/// Types whose Lua form is a table, so that one table is one element of a variadic parameter.
protocol LuaListElement {}
extension Array: LuaListElement {}
extension Dictionary: LuaListElement {}
