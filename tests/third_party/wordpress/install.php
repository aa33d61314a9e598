<?php
// Install the WordPress of this folder, with an author and the plugin.
define( 'WP_INSTALLING', true );
require __DIR__ . '/run.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
require_once ABSPATH . 'wp-admin/includes/plugin.php';
wp_install( 'News', 'admin', 'admin@example.org', false, '', 'admin' );
wp_insert_user( [ 'user_login' => 'author', 'user_pass' => 'author', 'user_email' => 'a@example.org', 'role' => 'author' ] );
switch_theme( 'plain' );
exit( is_wp_error( activate_plugin( 'ratesvc-rates/ratesvc-rates.php' ) ) ? 1 : 0 );
