#version 330
// Paints one pixel of a head from its buffers; see painter.py for what they hold and looks.py for the words.

uniform isampler2D place;   // x, y, z on the mean head, part; rows from the top
uniform isampler2D surface; // normal, depth before the head's origin
uniform sampler2D skin_, background;
uniform mat3x2 rays;        // pixel of the view → direction (x, y, −1) in the camera's frame
uniform vec2 left_top, extent;
uniform mat3 turn;          // head's frame → camera's
uniform vec3 origin;        // the head's, in the camera's frame
uniform vec2 corner, across; // of the skin, centimetres
uniform vec3 eyes[2];
uniform float lips;

uniform vec3 iris, white, teeth, tongue, glasses_colour;
uniform float iris_size, pupil, gloss, lashes, glasses[5];
uniform int style;
uniform vec3 to_light[3], light[3], sky, ground;
uniform float shadow, shade, fade;
uniform float sticks[30];
uniform vec3 stick;

const int SKIN = 0, MOUTH = 1, SOCKETS = 2, GUMS = 3, UPPER_TEETH = 4, LOWER_TEETH = 5, TONGUE = 6, LASHES = 7,
          LEFT_EYE = 8, RIGHT_EYE = 9, NOTHING = 255;
const vec2 AROUND[8] = vec2[](vec2(1, 0), vec2(-0.74, 0.68), vec2(0.09, -1), vec2(0.61, 0.79), vec2(-0.98, -0.17),
                              vec2(0.84, -0.54), vec2(-0.26, 0.97), vec2(-0.46, -0.89));
const int PLAIN = 0, TOON = 1, SKETCH = 2;

out vec4 colour;

ivec2 here, low, high; // this pixel, and the view's first and last
float cm;              // centimetres a pixel, at the head
float depth, covered, shadowed; // this pixel's, found once

ivec4 place_at(ivec2 at) { return texelFetch(place, clamp(at, low, high), 0); }
float depth_at(ivec2 at) { return float(texelFetch(surface, clamp(at, low, high), 0).w) / 10.0; }
vec3 linear(vec3 srgb) { return pow(srgb, vec3(2.2)); }
float hash(vec2 p) { return fract(sin(dot(p, vec2(127.1, 311.7))) * 43758.5453); }

float stripes(float x) { // smooth noise along a line
    float i = floor(x), f = fract(x);
    return mix(hash(vec2(i, 7.0)), hash(vec2(i + 1.0, 7.0)), f * f * (3.0 - 2.0 * f));
}

// How much of the surroundings lies nearer: what light hardly reaches.
float occlusion() {
    float hidden = 0.0;
    for (int i = 0; i < 8; ++i) {
        float reach = (0.3 + 1.1 * float(i) / 8.0) / cm;
        float nearer = depth_at(here + ivec2(reach * AROUND[i])) - depth;
        hidden += clamp(nearer * 0.9, 0.0, 1.0) * (1.0 - smoothstep(2.5, 5.0, nearer));
    }
    return hidden / 8.0;
}

// Walks towards the light over the depth buffer.
float in_shadow(vec3 to) {
    float hit = 0.0;
    for (int i = 1; i <= 7; ++i) {
        float reach = 0.4 * float(i);
        vec2 step = to.xy * reach / cm;
        float over = depth_at(here + ivec2(step.x, -step.y)) - (depth + to.z * reach);
        hit = max(hit, smoothstep(0.05, 0.3, over) * (1.0 - smoothstep(2.5, 4.0, over)));
    }
    return hit;
}

vec3 hair() { return texture(skin_, vec2(0.5, 0.01)).rgb; } // a bald head's is its skin
vec4 skin_at(vec2 at) { return texture(skin_, vec2(at.x - corner.x, corner.y - at.y) / across); }

vec3 bumped(vec3 normal, vec2 at, float strength) {
    float e = 0.07;
    float x = skin_at(at + vec2(e, 0)).g - skin_at(at - vec2(e, 0)).g;
    float y = skin_at(at + vec2(0, e)).g - skin_at(at - vec2(0, e)).g;
    return normalize(normal + strength * vec3(x, y, 0));
}

vec3 eye(vec3 at, vec3 centre, inout float shine) {
    vec3 away = normalize(at - centre);
    float angle = acos(clamp(away.z, -1.0, 1.0));
    float round_ = atan(away.y, away.x);
    vec3 coloured = iris * (0.65 + 0.6 * stripes(round_ * 14.0)) * (0.75 + 0.5 * smoothstep(pupil, iris_size, angle));
    coloured *= 1.0 - 0.75 * smoothstep(iris_size - 0.1, iris_size, angle);
    vec3 veined = white * mix(vec3(1), vec3(1.0, 0.86, 0.84), smoothstep(0.6, 1.3, angle));
    vec3 ball = mix(coloured, veined, smoothstep(iris_size - 0.03, iris_size + 0.03, angle));
    shine = 1.0;
    return linear(mix(vec3(0.02), ball, smoothstep(pupil - 0.02, pupil + 0.02, angle)));
}

vec3 lit(vec3 albedo, vec3 normal, float shine, float sharpness, float reached) {
    vec3 sum = mix(ground, sky, 0.5 + 0.5 * normal.y) * (1.0 - shade * covered) * albedo;
    for (int i = 0; i < 3; ++i) {
        float facing = max(0.0, (dot(normal, to_light[i]) + 0.15) / 1.15);
        if (style == TOON) facing = floor(facing * 3.0 + 0.4) / 3.0;
        float hidden = i == 0 ? shadow * shadowed : 0.0;
        float mirrored = pow(max(0.0, dot(normal, normalize(to_light[i] + vec3(0, 0, 1)))), sharpness);
        sum += light[i] * (1.0 - hidden) * (albedo * facing + shine * mirrored);
    }
    return sum * reached;
}

vec3 inside(int part) {
    if (part == UPPER_TEETH || part == LOWER_TEETH) return linear(teeth);
    if (part == TONGUE) return linear(tongue);
    if (part == GUMS) return linear(tongue * vec3(1.0, 0.85, 0.85));
    return linear(tongue * vec3(0.7, 0.55, 0.55));
}

vec3 head_colour(int part, vec3 at, vec3 normal) {
    float shine = 0.0, reached = 1.0;
    if (part == LEFT_EYE || part == RIGHT_EYE) {
        vec3 ball = eye(at, eyes[part - LEFT_EYE], shine);
        return lit(ball, normal, 0.5, 120.0, 1.0 - 0.75 * shade * covered);
    }
    if (part == LASHES) { // single hairs, and skin between them
        float strand = smoothstep(1.0 - lashes, 1.3 - lashes, stripes(at.x * 28.0 + at.y * 6.0));
        return lit(linear(mix(skin_at(at.xy).rgb * 0.8, min(hair(), vec3(0.12)), strand)), normal, 0.0, 1.0, 1.0);
    }
    if (part == SOCKETS) return lit(linear(tongue * 0.9), normal, 0.0, 1.0, 0.7);
    if (part != SKIN) {
        reached = exp(-fade * max(0.0, lips - at.z)) * (1.0 - 0.5 * covered);
        return lit(inside(part), normal, part == MOUTH ? 0.0 : 0.25, 40.0, reached);
    }
    vec4 painted = skin_at(at.xy);
    float haired = max(painted.a, smoothstep(-3.5, -5.0, at.z) * step(-6.0, at.y));
    vec3 albedo = mix(painted.rgb, painted.a > 0.5 ? painted.rgb : hair(), haired);
    vec3 bent = bumped(normal, at.xy, mix(1.2, 3.0, haired));
    return lit(linear(albedo), bent, mix(0.28 * gloss, 0.12, haired), mix(14.0 + 30.0 * gloss, 8.0, haired), 1.0);
}

float capsule(vec2 p, vec2 a, vec2 b, out float side) {
    vec2 pa = p - a, ba = b - a;
    float along = clamp(dot(pa, ba) / max(dot(ba, ba), 1e-6), 0.0, 1.0);
    vec2 off = pa - ba * along;
    side = dot(off, normalize(vec2(-ba.y, ba.x) + 1e-6));
    return length(off);
}

// Frames stand on a plane before the eyes, so that they shift against the face when it turns.
void put_on_glasses(vec3 ray, inout vec3 out_) {
    if (glasses[3] <= 0.0) return;
    vec3 camera = -transpose(turn) * origin, way = transpose(turn) * ray;
    float far = max(eyes[0].z, eyes[1].z) + 2.3;
    vec2 at = (camera + way * (far - camera.z) / way.z).xy;
    if (abs(at.x) > 9.0) return;
    vec2 from = vec2(abs(at.x) - 3.2, at.y + 0.25);
    vec2 half_ = vec2(glasses[0], glasses[1]);
    float square = glasses[2] * min(half_.x, half_.y);
    vec2 beyond = abs(from) - half_ + square;
    float rim = length(max(beyond, 0.0)) + min(max(beyond.x, beyond.y), 0.0) - square;
    float bridge = max(abs(at.y - 0.2) - glasses[3] * 0.6, abs(at.x) - (3.2 - half_.x));
    vec3 frame = linear(glasses_colour) * (0.4 + 0.8 * sky.g);
    if (rim < -glasses[3] * 0.5) {
        float streak = smoothstep(0.93, 1.0, sin(from.x * 0.9 + from.y * 1.3 + to_light[0].x * 3.0));
        out_ = mix(out_, linear(vec3(0.03, 0.03, 0.04)), glasses[4]) + 0.25 * streak * sky * step(0.02, glasses[4] + gloss);
    }
    out_ = mix(out_, frame, 1.0 - smoothstep(0.5 * glasses[3], 0.5 * glasses[3] + cm, min(abs(rim), bridge)));
}

void put_sticks_before(vec2 at, inout vec3 out_) {
    for (int i = 0; i < 6; ++i) {
        float radius = sticks[5 * i + 4], side;
        if (radius <= 0.0) break;
        float away = capsule(at, vec2(sticks[5 * i], sticks[5 * i + 1]), vec2(sticks[5 * i + 2], sticks[5 * i + 3]), side);
        float height = sqrt(max(0.0, 1.0 - away * away / (radius * radius)));
        vec3 normal = normalize(vec3(0.0, side / radius, height + 0.05));
        vec3 sum = 0.5 * (sky + ground);
        for (int j = 0; j < 3; ++j) sum += light[j] * max(0.0, dot(normal, to_light[j]));
        out_ = mix(out_, linear(stick) * sum * (0.35 + 0.65 * height), 1.0 - smoothstep(radius - cm, radius, away));
    }
}

float edge(int part) {
    float found = 0.0;
    for (int i = 0; i < 4; ++i) {
        ivec2 next = here + ivec2(i == 0 ? 1 : i == 1 ? -1 : 0, i == 2 ? 1 : i == 3 ? -1 : 0);
        found = max(found, place_at(next).w != part ? 1.0 : smoothstep(0.25, 0.6, abs(depth_at(next) - depth)));
    }
    return found;
}

void main() {
    low = ivec2(left_top); high = ivec2(left_top + extent) - 1;
    here = ivec2(gl_FragCoord.xy);
    vec2 pixel = gl_FragCoord.xy - 0.5 - left_top;
    vec3 ray = vec3(rays * vec3(pixel, 1), -1);
    cm = length(rays[0]) * -origin.z;
    vec2 in_plane = ray.xy * -origin.z - origin.xy;

    ivec4 found = place_at(here);
    vec3 at = vec3(found.xyz) / 1500.0;
    vec4 facing = vec4(texelFetch(surface, here, 0));
    depth = facing.w / 10.0;
    covered = found.w == NOTHING ? 0.0 : occlusion();
    shadowed = found.w == NOTHING ? 0.0 : in_shadow(to_light[0]);
    vec3 out_ = linear(texture(background, in_plane / 60.0 + 0.5).rgb);
    if (found.w != NOTHING) out_ = head_colour(found.w, at, normalize(facing.xyz + 1e-4));
    if (style == TOON && found.w != NOTHING) out_ = floor(out_ * 9.0 + 0.5) / 9.0;
    put_on_glasses(ray, out_);
    if (style == SKETCH) {
        float grey = pow(dot(out_, vec3(0.3, 0.6, 0.1)), 0.45);
        float hatch = 0.5 + 0.5 * sin((in_plane.x + in_plane.y) * 22.0);
        out_ = linear(vec3(mix(0.93, 0.55 * hatch + 0.2, smoothstep(0.75, 0.15, grey))));
        if (found.w >= LEFT_EYE && found.w <= RIGHT_EYE) out_ = linear(vec3(smoothstep(0.05, 0.4, grey)));
    }
    if (style != PLAIN) out_ *= 1.0 - 0.85 * edge(found.w);
    put_sticks_before(in_plane, out_);
    colour = vec4(pow(clamp(out_, 0.0, 1.0), vec3(1.0 / 2.2)), 1);
}
