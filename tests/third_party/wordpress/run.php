<?php
// Load WordPress without a web server.
$_SERVER += [ 'HTTP_HOST' => '127.0.0.1', 'SERVER_PROTOCOL' => 'HTTP/1.1', 'REQUEST_METHOD' => 'GET' ];
require __DIR__ . '/wp-load.php';
