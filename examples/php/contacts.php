<?php
/**
 * Connects a PHP application to Kith, with nothing but PHP 8.1 itself.
 *
 * Serves contacts, answers batches and proposals, tells Kith what changed. Run it:
 *
 *     KITH_TOKEN=… CONTACTS_BEARER=… CONTACTS_SECRET=whsec_… php -S 127.0.0.1:3000 contacts.php
 *
 * KITH_URL is Kith's HTTP side (http://localhost:5280), KITH_TOKEN one of its http.tokens, CONTACTS_BEARER and
 * CONTACTS_SECRET what stands in its configuration as contacts.bearer and contacts.secret. PEOPLE: a JSON file that
 * stands for your database.
 */
declare(strict_types=1);

function setting(string $name, string $preset = ''): string
{
    $value = getenv($name);
    return $value === false ? $preset : $value;
}

/** @return array<string, array<string, array<string, mixed>>> */
function people(): array
{
    $file = setting('PEOPLE', sys_get_temp_dir() . '/kith-people.json');
    if (is_file($file)) {
        return json_decode((string) file_get_contents($file), true, flags: JSON_THROW_ON_ERROR);
    }
    return [
        'john' => ['marie@localhost' => ['name' => 'Marie']],
        'marie' => ['john@localhost' => ['name' => 'John']],
        'aaron' => [],
    ];
}

function befriend(string $one, string $other): void
{
    $people = people();
    $people[$one]["$other@localhost"] = ['name' => ucfirst($other)];
    $people[$other]["$one@localhost"] = ['name' => ucfirst($one)];
    $file = setting('PEOPLE', sys_get_temp_dir() . '/kith-people.json');
    file_put_contents($file, json_encode($people, JSON_THROW_ON_ERROR), LOCK_EX);
}

/**
 * Tells Kith that these people's lists have changed; tries again, under one Idempotency-Key, what may succeed later.
 * Look at "errors" of what it answers.
 * @param list<string> $users
 * @return array<string, mixed>
 * @throws RuntimeException Kith refused, or could not be reached
 */
function refresh(array $users): array
{
    $context = stream_context_create(['http' => [
        'method' => 'POST',
        'header' => [
            'Authorization: Bearer ' . setting('KITH_TOKEN'),
            'Content-Type: application/json',
            'Idempotency-Key: ' . bin2hex(random_bytes(16)),
        ],
        'content' => json_encode($users, JSON_THROW_ON_ERROR),
        'timeout' => 15,
        'ignore_errors' => true,
    ]]);
    foreach ([250, 500, 1000, 2000, null] as $pause) {
        $http_response_header = [];
        $body = @file_get_contents(setting('KITH_URL', 'http://localhost:5280') . '/roster_admin/refresh', false, $context);
        $status = (int) (explode(' ', $http_response_header[0] ?? '')[1] ?? 0);
        if ($body !== false && $status === 200) {
            return json_decode($body, true, flags: JSON_THROW_ON_ERROR);
        }
        if ($pause === null || !in_array($status, [0, 409, 429, 502, 503, 504], true)) {
            throw new RuntimeException("refresh: $status " . (string) $body);
        }
        usleep($pause * 1000);
    }
    throw new LogicException('not reached');
}

/** Kith signed this call (Standard Webhooks), not longer ago than $tolerance seconds. $body: as it came. */
function isSigned(string $id, string $sentAt, string $signatures, string $body, string $secret, int $tolerance = 300): bool
{
    if (!str_starts_with($secret, 'whsec_') || preg_match('/^\d{1,15}$/D', $sentAt) !== 1) {
        return false;
    }
    if (abs(time() - (int) $sentAt) > $tolerance) {
        return false;
    }
    $key = base64_decode(substr($secret, strlen('whsec_')), true);
    if ($key === false || $key === '') {
        return false;
    }
    $wanted = 'v1,' . base64_encode(hash_hmac('sha256', "$id.$sentAt.$body", $key, true));
    $found = false;
    foreach (explode(' ', $signatures) as $given) {
        $found = hash_equals($wanted, $given) || $found;
    }
    return $found;
}

/**
 * Marie adds John in her client: the application says yes, no, or later.
 * @param array<string, mixed> $proposal
 * @return array<string, string>
 */
function decide(array $proposal): array
{
    $other = preg_replace('/@localhost$/D', '', $proposal['contact']);
    $people = people();
    if ($proposal['type'] !== 'add' || !isset($people[$other], $people[$proposal['user']])) {
        return ['decision' => 'deny', 'reason' => 'Please do this on our page.'];
    }
    befriend($proposal['user'], $other);
    return ['decision' => 'accept'];
}

function answer(int $status, mixed $json = null): never
{
    http_response_code($status);
    header('Content-Type: application/json');
    echo $json === null ? '' : json_encode($json, JSON_THROW_ON_ERROR | JSON_UNESCAPED_UNICODE);
    exit;
}

function answerContacts(string $user): never
{
    $bearer = setting('CONTACTS_BEARER');
    if ($bearer === '' || !hash_equals("Bearer $bearer", $_SERVER['HTTP_AUTHORIZATION'] ?? '')) {
        answer(401);
    }
    $people = people();
    if (!isset($people[$user])) {
        answer(404);
    }
    // An empty map is [] in PHP, which Kith reads as an empty list.
    $etag = '"' . substr(hash('sha256', json_encode($people[$user], JSON_THROW_ON_ERROR)), 0, 32) . '"';
    header("ETag: $etag");
    header('Cache-Control: private, max-age=60');
    if (($_SERVER['HTTP_IF_NONE_MATCH'] ?? '') === $etag) {
        http_response_code(304);
        exit;
    }
    answer(200, $people[$user]);
}

function answerSigned(string $action): never
{
    $body = (string) file_get_contents('php://input');
    $header = static fn (string $name): string => $_SERVER["HTTP_WEBHOOK_$name"] ?? '';
    if (!isSigned($header('ID'), $header('TIMESTAMP'), $header('SIGNATURE'), $body, setting('CONTACTS_SECRET'))) {
        answer(401);
    }
    $asked = json_decode($body, true, flags: JSON_THROW_ON_ERROR);
    if ($action === 'proposals') {
        answer(200, decide($asked));
    }
    $people = people();
    $found = new stdClass();
    foreach ($asked['users'] as $user) {
        $found->{$user} = $people[$user] ?? null;
    }
    answer(200, $found);
}

// The raw path: PHP's own PATH_INFO is decoded, and a username may hold a slash.
$parts = explode('/', (string) parse_url('http://localhost' . $_SERVER['REQUEST_URI'], PHP_URL_PATH));
$action = $parts[1] ?? '';
$method = $_SERVER['REQUEST_METHOD'];
if ($method === 'GET' && $action === 'contacts' && count($parts) === 3) {
    answerContacts(rawurldecode($parts[2]));
}
if ($method === 'POST' && ($action === 'batch' || $action === 'proposals')) {
    answerSigned($action);
}
// Where your own pages are: here one that befriends, POST /befriend/john/aaron.
if ($method === 'POST' && $action === 'befriend' && count($parts) === 4) {
    befriend($parts[2], $parts[3]);
    answer(200, refresh([$parts[2], $parts[3]]));
}
answer(404);
