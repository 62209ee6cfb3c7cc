#pragma once
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "pattern.h"

// Functions of the libraries `os` and `io` that wait for other processes or read without end, in a form that an interrupt
// can stop.

/// `io.write` and `file:write`. A pipe that nobody reads any more is an error, where a C program would be ended by a
/// signal: a script that ignores the result would go on for ever.
static inline int lunette_write(lua_State *L) {
    int results = lunette_original(L);
    if (results != 3 || lua_tointeger(L, -1) != EPIPE) return results;
    luaL_Stream *stream = luaL_testudata(L, 1, LUA_FILEHANDLE);
    if (!stream) {
        lua_getfield(L, LUA_REGISTRYINDEX, "_IO_output");
        stream = luaL_testudata(L, -1, LUA_FILEHANDLE);
    }
    // What the standard error does not take is lost, as there is nowhere to say so.
    if (stream && stream->f == stderr) return results;
    return luaL_error(L, "%s: %s", stream && stream->f == stdout ? "standard output" : "file", strerror(EPIPE));
}

/// A descriptor that is readable once a process has ended; -1 where the system has none.
static inline int lunette_process_descriptor(int process) { return (int)syscall(SYS_pidfd_open, process, 0); }

static inline int lunette_execute(lua_State *L) {
    const char *command = luaL_optstring(L, 1, NULL);
    if (!command) return lunette_original(L);
    lunette_host *host = lunette_host_of(L);
    int process = host->start(command, -1, false);
    int status = process < 0 ? -1 : host->wait(process);
    if (host->interrupted()) return lunette_raise_interrupt(L, 1);
    if (status >= 0) errno = 0;
    return luaL_execresult(L, status);
}

/// Closes the stream of a process, whose number is the stream's user value, and waits until the process ends.
static inline int lunette_close_process(lua_State *L) {
    luaL_Stream *stream = luaL_checkudata(L, 1, LUA_FILEHANDLE);
    lunette_host *host = lunette_host_of(L);
    lua_getiuservalue(L, 1, 1);
    int process = (int)lua_tointeger(L, -1);
    fclose(stream->f);
    int status = host->wait(process);
    if (host->interrupted()) return lunette_raise_interrupt(L, 1);
    if (status >= 0) errno = 0;
    return luaL_execresult(L, status);
}

static inline int lunette_popen(lua_State *L) {
    const char *command = luaL_checkstring(L, 1), *mode = luaL_optstring(L, 2, "r");
    luaL_argcheck(L, (*mode == 'r' || *mode == 'w') && !mode[1], 2, "invalid mode");
    bool reads = *mode == 'r';
    luaL_Stream *stream = lua_newuserdatauv(L, sizeof(luaL_Stream), 1);
    stream->closef = NULL;
    luaL_setmetatable(L, LUA_FILEHANDLE);
    int ends[2];
    if (pipe(ends) != 0) return luaL_fileresult(L, 0, command);
    for (int end = 0; end < 2; end++) fcntl(ends[end], F_SETFD, FD_CLOEXEC);
    int process = lunette_host_of(L)->start(command, ends[reads ? 1 : 0], reads);
    close(ends[reads ? 1 : 0]);
    if (process < 0) {
        int error = errno;
        close(ends[reads ? 0 : 1]);
        errno = error;
        return luaL_fileresult(L, 0, command);
    }
    stream->f = fdopen(ends[reads ? 0 : 1], mode);
    if (!stream->f) return luaL_fileresult(L, 0, command);
    stream->closef = lunette_close_process;
    lua_pushinteger(L, process);
    lua_setiuservalue(L, -2, 1);
    return 1;
}

/// How many bytes of a file are in its buffer.
static inline size_t lunette_buffered(FILE *file) { return (size_t)(file->_IO_read_end - file->_IO_read_ptr); }

/// Waits until a pipe or a terminal has bytes, or has ended; an interrupt is raised.
static inline void lunette_await(lua_State *L, FILE *file) {
    struct pollfd place = {.fd = fileno(file), .events = POLLIN};
    // An interrupt that comes just before `poll` is noticed after 20 ms.
    while (place.fd >= 0 && poll(&place, 1, 20) <= 0)
        if (lunette_host_of(L)->interrupted()) lunette_raise_interrupt(L, 1);
}

/// The next byte of a file, or EOF; an interrupt is raised while there is none yet.
static inline int lunette_getc(lua_State *L, FILE *file) {
    if (lunette_buffered(file) == 0) lunette_await(L, file);
    return getc_unlocked(file);
}

/// Reads a line, with its newline where `keeps`; returns whether there was one.
static inline bool lunette_read_line(lua_State *L, FILE *file, bool keeps) {
    luaL_Buffer buffer;
    luaL_buffinit(L, &buffer);
    unsigned steps = 0;
    int c;
    while ((c = lunette_getc(L, file)) != EOF && c != '\n') {
        luaL_addchar(&buffer, (char)c);
        lunette_step(L, &steps);
    }
    if (keeps && c == '\n') luaL_addchar(&buffer, '\n');
    luaL_pushresult(&buffer);
    return c == '\n' || lua_rawlen(L, -1) > 0;
}

/// Reads at most `most` bytes; returns whether there were any.
static inline bool lunette_read_bytes(lua_State *L, FILE *file, size_t most) {
    luaL_Buffer buffer;
    luaL_buffinit(L, &buffer);
    int c;
    while (most > 0 && (c = lunette_getc(L, file)) != EOF) {
        luaL_addchar(&buffer, (char)c);
        // Only what the buffer holds already, as reading that does not wait.
        size_t count = lunette_buffered(file) < most ? lunette_buffered(file) : most - 1;
        luaL_addsize(&buffer, fread(luaL_prepbuffsize(&buffer, count), 1, count, file));
        most -= 1 + count;
        if (lunette_host_of(L)->interrupted()) lunette_raise_interrupt(L, 1);
    }
    luaL_pushresult(&buffer);
    return lua_rawlen(L, -1) > 0;
}

/// The registry key of the library's own `file:read`.
#define LUNETTE_ORIGINAL_READ "lunette.read"

/// Skips any amount of space, then reads a number by the library's own `file:read`. Returns whether there was one. The
/// stream is at stack index 1, unless it is the default input.
static inline bool lunette_read_number(lua_State *L, FILE *file, bool is_default) {
    unsigned steps = 0;
    int c;
    while (isspace(c = lunette_getc(L, file))) lunette_step(L, &steps);
    ungetc(c, file);
    lua_getfield(L, LUA_REGISTRYINDEX, LUNETTE_ORIGINAL_READ);
    if (is_default) lua_getfield(L, LUA_REGISTRYINDEX, "_IO_input");
    else lua_pushvalue(L, 1);
    lua_pushliteral(L, "n");
    lua_call(L, 2, 1);
    return !lua_isnil(L, -1);
}

/// Reads a value in the format at stack index `index`; returns whether there was one.
static inline bool lunette_read_format(lua_State *L, FILE *file, int index, bool is_default) {
    if (lua_type(L, index) == LUA_TNUMBER) {
        size_t count = (size_t)luaL_checkinteger(L, index);
        if (count > 0) return lunette_read_bytes(L, file, count);
        int c = lunette_getc(L, file);
        ungetc(c, file);
        lua_pushliteral(L, "");
        return c != EOF;
    }
    const char *format = luaL_checkstring(L, index);
    switch (format[*format == '*']) {
        case 'n': return lunette_read_number(L, file, is_default);
        case 'l': return lunette_read_line(L, file, false);
        case 'L': return lunette_read_line(L, file, true);
        case 'a': lunette_read_bytes(L, file, (size_t)-1); return true;
        default: return luaL_argerror(L, index, "invalid format");
    }
}

/// Reads a value for each of the formats from stack index `first` on.
static inline int lunette_read(lua_State *L, FILE *file, int first) {
    clearerr(file);
    if (lua_gettop(L) < first) lua_pushliteral(L, "l");
    int formats = lua_gettop(L) - first + 1, results = 0;
    luaL_checkstack(L, formats + LUA_MINSTACK, "too many arguments");
    bool success = true;
    for (; results < formats && success; results++)
        success = lunette_read_format(L, file, first + results, first == 1);
    if (lunette_host_of(L)->interrupted()) return lunette_raise_interrupt(L, 1);
    if (ferror(file)) return luaL_fileresult(L, 0, NULL);
    if (!success) {
        lua_pop(L, 1);
        luaL_pushfail(L);
    }
    return results;
}

/// `file:read`.
static inline int lunette_read_file(lua_State *L) {
    luaL_Stream *stream = luaL_checkudata(L, 1, LUA_FILEHANDLE);
    if (!stream->closef) return luaL_error(L, "attempt to use a closed file");
    return lunette_read(L, stream->f, 2);
}

/// `io.read`.
static inline int lunette_read_input(lua_State *L) {
    lua_getfield(L, LUA_REGISTRYINDEX, "_IO_input");
    luaL_Stream *stream = luaL_testudata(L, -1, LUA_FILEHANDLE);
    lua_pop(L, 1);
    if (!stream || !stream->closef) return luaL_error(L, "default input file is closed");
    return lunette_read(L, stream->f, 1);
}

/// The iterator that `lines` returns: reads the next values. Its upvalues are those of the library's own iterator: the
/// file, the number of formats, whether the file is closed at its end, and the formats.
static inline int lunette_next_line(lua_State *L) {
    luaL_Stream *stream = lua_touserdata(L, LUNETTE_UPVALUE);
    int formats = (int)lua_tointeger(L, LUNETTE_UPVALUE - 1);
    if (!stream->closef) return luaL_error(L, "file is already closed");
    lua_settop(L, 0);
    luaL_checkstack(L, formats + 1, "too many arguments");
    for (int value = 0; value <= formats; value++) lua_pushvalue(L, LUNETTE_UPVALUE - (value ? 2 + value : 0));
    int results = lunette_read(L, stream->f, 2);
    if (lua_toboolean(L, -results)) return results;
    if (results > 1) return luaL_error(L, "%s", lua_tostring(L, -results + 1));
    if (lua_toboolean(L, LUNETTE_UPVALUE - 2)) {
        lua_getfield(L, 1, "close");
        lua_pushvalue(L, 1);
        lua_call(L, 1, 0);
    }
    return 0;
}

/// `io.lines` and `file:lines`: the library's own, but with `lunette_next_line` as the iterator.
static inline int lunette_lines(lua_State *L) {
    int results = lunette_original(L), iterator = lua_gettop(L) - results + 1, upvalues = 0;
    while (lua_getupvalue(L, iterator, upvalues + 1)) upvalues++;
    lua_pushcclosure(L, lunette_next_line, upvalues);
    lua_replace(L, iterator);
    return results;
}
