/// Objects that belong to a state and that functions of all modules find by their class, such as the random generator
/// that is used where a script names none.
extension LuaState {
    /// The state's object of a class, made at the first call.
    public func shared<Object: AnyObject>(_ type: Object.Type = Object.self, default make: () -> Object) -> Object {
        if let object = sharedObjects[ObjectIdentifier(type)] as? Object { return object }
        let object = make()
        sharedObjects[ObjectIdentifier(type)] = object
        return object
    }
}

extension LuaStack {
    /// The object of a class that belongs to the state of this stack, made at the first call.
    public func shared<Object: AnyObject>(_ type: Object.Type = Object.self, default make: () -> Object) -> Object {
        LuaState.of(self)?.shared(type, default: make) ?? make()
    }
}
