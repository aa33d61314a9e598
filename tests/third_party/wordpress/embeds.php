<?php
// Read a JSON list of options from standard input; write what the plugin makes of each, for readers.
require __DIR__ . '/run.php';
echo wp_json_encode( array_map( 'Ratesvc\Rates\embed', json_decode( stream_get_contents( STDIN ), true ) ) );
