/* Texts that grow, and JSON in. */

typedef struct { char *at; size_t size, room; } Text;

static void *need(void *memory) {
    if (!memory) { perror("driver"); _exit(3); }
    return memory;
}

static void add(Text *text, const void *bytes, size_t size) {
    if (text->size + size + 1 > text->room) {
        text->room = (text->size + size + 1) * 2;
        text->at = need(realloc(text->at, text->room));
    }
    if (size) memcpy(text->at + text->size, bytes, size);
    text->size += size;
    text->at[text->size] = 0;
}

static void say(Text *text, const char *format, ...) {
    char line[512];
    va_list rest;
    va_start(rest, format);
    int size = vsnprintf(line, sizeof line, format, rest);
    va_end(rest);
    add(text, line, size < (int)sizeof line ? (size_t)size : sizeof line - 1);
}

static void say_string(Text *text, const char *bytes, size_t size) {
    add(text, "\"", 1);
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if (c == '"' || c == '\\') say(text, "\\%c", c);
        else if (c < 32) say(text, "\\u%04x", c);
        else add(text, bytes + i, 1);
    }
    add(text, "\"", 1);
}

/* --- JSON in --------------------------------------------------------------------------------- */

typedef enum { NIL, BOOL, NUMBER, STRING, LIST, OBJECT } Kind;
typedef struct Json Json;
struct Json { Kind kind; bool whole; double number; char *text; size_t size; char *key; Json *first, *next; };

static void json_free(Json *json) {
    while (json) {
        Json *next = json->next;
        json_free(json->first);
        free(json->text);
        free(json->key);
        free(json);
        json = next;
    }
}

static const char *blank(const char *at) { return at + strspn(at, " \t\r\n"); }

static void add_utf8(Text *text, unsigned code) {
    char bytes[4];
    int size = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const unsigned char lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (int i = size - 1; i > 0; i--, code >>= 6) bytes[i] = (char)(0x80 | (code & 0x3F));
    bytes[0] = (char)(lead[size] | code);
    add(text, bytes, (size_t)size);
}

static const char *json_string(const char *at, char **found, size_t *size) {
    Text text = {0};
    add(&text, "", 0);
    for (at++; *at && *at != '"'; at++) {
        if (*at != '\\') { add(&text, at, 1); continue; }
        const char *plain = "\"\\/bfnrt", *means = "\"\\/\b\f\n\r\t", *which = strchr(plain, *++at);
        if (which && *at) { add(&text, means + (which - plain), 1); continue; }
        unsigned code, low;
        if (*at != 'u' || sscanf(at + 1, "%4x", &code) != 1) break;
        at += 4;
        if (code >= 0xD800 && code < 0xDC00 && sscanf(at + 1, "\\u%4x", &low) == 1) {
            code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
            at += 6;
        }
        add_utf8(&text, code);
    }
    *found = text.at;
    *size = text.size;
    return *at == '"' ? at + 1 : NULL;
}

static const char *json_value(const char *at, Json **found, int depth);

static const char *json_children(const char *at, Json *json, int depth) {
    char end = *at == '[' ? ']' : '}';
    json->kind = *at == '[' ? LIST : OBJECT;
    Json **last = &json->first;
    at = blank(at + 1);
    if (*at == end) return at + 1;
    for (;;) {
        char *key = NULL;
        size_t size;
        if (json->kind == OBJECT) {
            if (*at != '"' || !(at = json_string(at, &key, &size))) { free(key); return NULL; }
            at = blank(at);
            if (*at++ != ':') { free(key); return NULL; }
        }
        at = json_value(blank(at), last, depth + 1);
        if (*last) (*last)->key = key; else free(key);
        if (!at) return NULL;
        last = &(*last)->next;
        at = blank(at);
        if (*at == end) return at + 1;
        if (*at != ',') return NULL;
        at = blank(at + 1);
    }
}

static const char *json_value(const char *at, Json **found, int depth) {
    static const struct { const char *word; Kind kind; double number; } words[] = {
        {"null", NIL, 0}, {"true", BOOL, 1}, {"false", BOOL, 0}};
    if (depth > 100) return NULL;
    Json *json = *found = need(calloc(1, sizeof **found));
    if (*at == '"') { json->kind = STRING; return json_string(at, &json->text, &json->size); }
    if (*at == '[' || *at == '{') return json_children(at, json, depth);
    for (size_t i = 0; i < 3; i++)
        if (!strncmp(at, words[i].word, strlen(words[i].word))) {
            json->kind = words[i].kind;
            json->number = words[i].number;
            return at + strlen(words[i].word);
        }
    char *end;
    json->kind = NUMBER;
    json->number = strtod(at, &end);
    json->whole = !memchr(at, '.', (size_t)(end - at)) && !memchr(at, 'e', (size_t)(end - at));
    return end == at ? NULL : end;
}

static __attribute__((noinline)) Json *get(const Json *json, const char *key) {
    Json *one = json && json->kind == OBJECT ? json->first : NULL;
    while (one && strcmp(one->key, key)) one = one->next;
    return one;
}
