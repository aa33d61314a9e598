<?php
// Uninstall the plugin; fail if anything of it is left in the database.
require __DIR__ . '/run.php';
require_once ABSPATH . 'wp-admin/includes/plugin.php';
deactivate_plugins( 'ratesvc-rates/ratesvc-rates.php' );
uninstall_plugin( 'ratesvc-rates/ratesvc-rates.php' );
exit( $wpdb->get_var( "SELECT count(*) FROM $wpdb->options WHERE option_name LIKE '%ratesvc%'" ) );
