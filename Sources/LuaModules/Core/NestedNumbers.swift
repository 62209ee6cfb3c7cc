import LuaBridge
import Support
import Tensors

extension Tensor {
    /// `numbers`, whose error becomes that of an argument.
    func luaNumbers() throws(LuaMismatch) -> [Float] {
        do throws(TensorError) { return try numbers() } catch { throw LuaMismatch(error.description) }
    }
}

/// A number, or a list of numbers, of lists of numbers, and so on: the elements of a tensor as Lua writes them.
public indirect enum NestedNumbers: LuaDecodable, LuaEncodable {
    /// A number; true counts as 1, false as 0.
    case number(Float)
    /// A table.
    case list([NestedNumbers])

    /// "number or list of numbers".
    public static var luaTypeName: String { "number or list of numbers" }

    /// "numbers or lists of numbers".
    public static var luaTypePlural: String { "numbers or lists of numbers" }

    /// Deeper tables are refused, and so are tables that contain themselves.
    private static let deepest: Int32 = 64
    private static let tooDeep = LuaMismatch("lists nested too deeply")

    /// A number, a boolean, or a table of such.
    public static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> NestedNumbers {
        if let number = try? Float.decode(stack, at: index) { return .number(number) }
        if let boolean = try? Bool.decode(stack, at: index) { return .number(boolean ? 1 : 0) }
        guard stack.typeName(at: index) == "table" else {
            throw LuaMismatch(expected: luaTypeName, stack, at: index)
        }
        // Each level keeps its element on Lua's stack, so the depth is limited.
        guard stack.count < deepest else { throw tooDeep }
        do throws(LuaMismatch) {
            return .list(try [NestedNumbers].decode(stack, at: index))
        } catch {
            // Without the path, which would be 60 indices long.
            throw error.description.hasPrefix(tooDeep.description) ? tooDeep : error
        }
    }

    /// Pushes the number or the table.
    public func push(on stack: LuaStack) throws(LuaError) {
        switch self {
        case .number(let value): value.push(on: stack)
        case .list(let list): try list.push(on: stack)
        }
    }

    /// The bytes of an element, here and as a value of Lua together, and of an empty list, a table.
    private static let bytes = (element: 64, emptyList: 128)

    /// The elements of a tensor; throws where they, or its empty lists, take more memory than there is.
    public init(_ tensor: Tensor) throws {
        let lists = Shape.emptyRows(tensor.shape)
        // No overflow: both counts are at most 2^48.
        try AvailableMemory.require(
            tensor.count * Self.bytes.element + lists * Self.bytes.emptyList,
            for: "a table of \(tensor.shape.shapeText)")
        var rest = tensor.values[...]
        try self.init(shape: tensor.shape[...], taking: &rest)
    }

    private init(shape: ArraySlice<Int>, taking values: inout ArraySlice<Float>) throws(TensorError) {
        guard let size = shape.first else {
            self = .number(values.popFirst() ?? .nan)
            return
        }
        var list: [NestedNumbers] = []
        list.reserveCapacity(size)
        for index in 0..<size {
            if index & 0xFFF == 0xFFF, Interrupt.isRequested { throw .interrupted }
            list.append(try NestedNumbers(shape: shape.dropFirst(), taking: &values))
        }
        self = .list(list)
    }

    /// A tensor of these elements; an error where the tables of one level differ in length.
    public func tensor() throws(LuaMismatch) -> Tensor {
        var shape: [Int] = []
        var level = self
        while case .list(let list) = level {
            shape.append(list.count)
            guard let first = list.first else { break }
            level = first
        }
        var values: [Float] = []
        try collect(into: &values, shape: shape[...], path: "")
        do throws(TensorError) {
            return try Tensor(values, shape: shape)
        } catch {
            throw LuaMismatch(error.description)
        }
    }

    private func collect(into values: inout [Float], shape: ArraySlice<Int>, path: String) throws(LuaMismatch) {
        switch (self, shape.first) {
        case (.number(let value), nil): values.append(value)
        case (.list(let list), let size?) where list.count == size:
            for (index, element) in list.enumerated() {
                guard !Interrupt.isRequested else { throw LuaMismatch("interrupted") }
                // The path is only needed for the error.
                let path = shape.count == 1 ? path : "\(path)[\(index + 1)]"
                try element.collect(into: &values, shape: shape.dropFirst(), path: path)
            }
        default:
            let expected = shape.first.map { "a list of \($0)" } ?? "a number"
            throw LuaMismatch("\(expected) expected at \(path), got \(text)")
        }
    }

    private var text: String {
        switch self {
        case .number(let value): "the number \(value)"
        case .list(let list): "a list of \(list.count)"
        }
    }
}
