#pragma once
#include "protect.h"

/// The contents of a userdata that holds a Swift object.
typedef struct {
    /// The state's host, which tells this userdata from those of other libraries.
    lunette_host *host;
    /// The Swift object `LuaType` that describes it, unretained.
    void *type;
    /// The object, retained; NULL once released.
    void *object;
} lunette_object;

/// The object at `index`, or NULL where there is something else.
static inline lunette_object *lunette_object_at(lua_State *L, int index) {
    if (lua_type(L, index) != LUA_TUSERDATA || lua_rawlen(L, index) != sizeof(lunette_object)) return NULL;
    lunette_object *object = lua_touserdata(L, index);
    return object->host == lunette_host_of(L) ? object : NULL;
}

/// The registry key of the table in which a userdata is found again by its object.
static inline void *lunette_cache_key(lua_State *L) { return &lunette_host_of(L)->collection_due; }

typedef struct {
    void *type;
    void *object;
    bool fields;
} lunette_new_object;

static inline int lunette_do_push_object(lua_State *L) {
    const lunette_new_object *new_object = lua_touserdata(L, 1);
    lunette_object *userdata = lua_newuserdatauv(L, sizeof(lunette_object), new_object->fields ? 1 : 0);
    *userdata = (lunette_object){lunette_host_of(L), new_object->type, NULL};
    if (new_object->fields) {
        lua_rawgetp(L, LUA_REGISTRYINDEX, lunette_cache_key(L));
        lua_pushvalue(L, -2);
        lua_rawsetp(L, -2, new_object->object);
        lua_pop(L, 1);
    }
    lua_rawgetp(L, LUA_REGISTRYINDEX, new_object->type);
    lua_setmetatable(L, -2);
    userdata->object = new_object->object;
    return 1;
}

/// Pushes a userdata that owns one reference to `object`, which the caller has retained.
static inline int lunette_push_object(lua_State *L, void *type, void *object, bool fields) {
    lunette_new_object new_object = {type, object, fields};
    if (!lua_checkstack(L, 4)) {
        lunette_push_memory_message(L);
        return LUA_ERRMEM;
    }
    lua_pushcfunction(L, lunette_do_push_object);
    lua_pushlightuserdata(L, &new_object);
    return lua_pcall(L, 1, 1, 0);
}

/// Pushes the userdata that holds `object` already, if there is one.
static inline bool lunette_push_known_object(lua_State *L, void *object) {
    lua_rawgetp(L, LUA_REGISTRYINDEX, lunette_cache_key(L));
    lua_rawgetp(L, -1, object);
    lua_remove(L, -2);
    lunette_object *userdata = lunette_object_at(L, -1);
    if (userdata && userdata->object == object) return true;
    lua_pop(L, 1);
    return false;
}

static inline int lunette_do_push_function(lua_State *L) {
    lua_pushcclosure(L, lunette_host_of(L)->trampoline, 1);
    return 1;
}

/// userdata of a Swift function -> the Lua function that calls it
static inline int lunette_push_function(lua_State *L) {
    return lunette_protect(L, lunette_do_push_function, 1, 1);
}

/// The Swift function behind the Lua function at `index`, or NULL.
static inline lunette_object *lunette_function_at(lua_State *L, int index) {
    if (lua_tocfunction(L, index) != lunette_host_of(L)->trampoline || !lua_getupvalue(L, index, 1)) return NULL;
    lunette_object *function = lunette_object_at(L, -1);
    lua_pop(L, 1);
    return function;
}

/// __gc, __close and `free`: gives up the object; a second time does nothing.
static inline int lunette_release(lua_State *L) {
    lunette_object *userdata = lunette_object_at(L, 1);
    if (!userdata || !userdata->object) return 0;
    void *object = userdata->object;
    userdata->object = NULL;
    userdata->host->release(object);
    return 0;
}

/// __eq of types that have none of their own: the same object.
static inline int lunette_same(lua_State *L) {
    lunette_object *a = lunette_object_at(L, 1), *b = lunette_object_at(L, 2);
    lua_pushboolean(L, a && b && a->object && a->object == b->object);
    return 1;
}

// The upvalues of __index and __newindex: the methods, the properties (functions that get, or set, them) by name, and
// the function for all other keys.

/// __index: a method, a property, a field that the script set, or what the type makes of the key.
static inline int lunette_index(lua_State *L) {
    lua_settop(L, 2);
    lua_pushvalue(L, 2);
    if (lua_rawget(L, LUNETTE_UPVALUE) != LUA_TNIL) return 1;
    lua_pushvalue(L, 2);
    if (lua_rawget(L, LUNETTE_UPVALUE - 1) != LUA_TNIL) {
        lua_pushvalue(L, 1);
        lua_call(L, 1, 1);
        return 1;
    }
    if (lua_isuserdata(L, 1) && lua_getiuservalue(L, 1, 1) == LUA_TTABLE) {
        lua_pushvalue(L, 2);
        if (lua_rawget(L, -2) != LUA_TNIL) return 1;
    }
    lua_settop(L, 2);
    lua_pushvalue(L, LUNETTE_UPVALUE - 2);
    lua_insert(L, 1);
    lua_call(L, 2, 1);
    return 1;
}

/// __newindex: a property, or what the type makes of the key (a field, where the type allows them).
static inline int lunette_newindex(lua_State *L) {
    lua_settop(L, 3);
    lua_pushvalue(L, 2);
    if (lua_rawget(L, LUNETTE_UPVALUE - 1) != LUA_TNIL) {
        lua_pushvalue(L, 1);
        lua_pushvalue(L, 3);
        lua_call(L, 2, 0);
        return 0;
    }
    lua_settop(L, 3);
    lua_pushvalue(L, LUNETTE_UPVALUE - 2);
    lua_insert(L, 1);
    lua_call(L, 3, 0);
    return 0;
}

static inline int lunette_do_set_field(lua_State *L) {
    if (lua_getiuservalue(L, 1, 1) != LUA_TTABLE) {
        lua_pop(L, 1);
        lua_newtable(L);
        lua_pushvalue(L, -1);
        lua_setiuservalue(L, 1, 1);
    }
    lua_insert(L, 2);
    lua_rawset(L, 2);
    return 0;
}

/// object, key, value -> nothing: sets a field that the object's type does not know
static inline int lunette_set_field(lua_State *L) { return lunette_protect(L, lunette_do_set_field, 3, 0); }

static inline int lunette_do_access(lua_State *L) {
    lunette_host *host = lunette_host_of(L);
    lua_pushcclosure(L, lua_toboolean(L, 1) ? host->newindex : host->index, 3);
    return 1;
}

/// methods, properties, other keys -> the function for __index (__newindex where `sets`)
static inline int lunette_push_access(lua_State *L, bool sets) {
    lua_pushboolean(L, sets);
    lua_insert(L, -4);
    return lunette_protect(L, lunette_do_access, 4, 1);
}
