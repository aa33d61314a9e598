<?php
/** The words of the block's settings in the editor. */

namespace Ratesvc\Rates;

defined( 'ABSPATH' ) || exit;

/** Return the label of each option and of those of its values that are not shown as they are. */
function labels(): array {
	return [
		'as'          => [
			'label'  => __( 'Show as', 'ratesvc-rates' ),
			'values' => [
				'ticker' => __( 'ticker', 'ratesvc-rates' ),
				'iframe' => __( 'ticker in an iframe', 'ratesvc-rates' ),
				'chart'  => __( 'chart', 'ratesvc-rates' ),
				'card'   => __( 'card', 'ratesvc-rates' ),
				'value'  => __( 'number', 'ratesvc-rates' ),
			],
		],
		'more'        => [ 'label' => __( 'More options', 'ratesvc-rates' ) ],
		'pairs'       => [
			'label' => __( 'Pairs, such as USD/KZT', 'ratesvc-rates' ),
			'help'  => __( 'Without any: the five currencies of Central Asia in dollars.', 'ratesvc-rates' ),
		],
		'pair'        => [ 'label' => __( 'Pair', 'ratesvc-rates' ) ],
		'show'        => [
			'label'  => __( 'The number is', 'ratesvc-rates' ),
			'values' => [
				'rate'   => __( 'the rate', 'ratesvc-rates' ),
				'units'  => __( 'as the bank prints it', 'ratesvc-rates' ),
				'change' => __( 'the change', 'ratesvc-rates' ),
			],
		],
		'on'          => [
			'label' => __( 'For the day', 'ratesvc-rates' ),
			'help'  => __( 'Such as 2026-05-24. Empty: the newest.', 'ratesvc-rates' ),
		],
		'range'       => [ 'label' => __( 'The chart shows', 'ratesvc-rates' ) ],
		'size'        => [
			'label'  => __( 'Size', 'ratesvc-rates' ),
			'values' => [
				'social'    => __( 'card, 1200 by 630', 'ratesvc-rates' ),
				'sparkline' => __( 'strip, 600 by 120', 'ratesvc-rates' ),
			],
		],
		'lang'        => [
			'label'  => __( 'Language', 'ratesvc-rates' ),
			'values' => [
				''   => __( 'as the site', 'ratesvc-rates' ),
				'en' => 'English',
				'kk' => 'қазақ тілі',
				'ky' => 'кыргызча',
				'ru' => 'русский',
				'tg' => 'тоҷикӣ',
				'tk' => 'türkmen dili',
				'uz' => 'o‘zbek',
			],
		],
		'direction'   => [
			'label'  => __( 'Direction', 'ratesvc-rates' ),
			'values' => [
				'left'  => __( 'KZT/USD, moves to the left', 'ratesvc-rates' ),
				'right' => __( 'KZT/USD, moves to the right', 'ratesvc-rates' ),
				'local' => __( 'USD/KZT, as people quote', 'ratesvc-rates' ),
			],
		],
		'per'         => [
			'label'  => __( 'Rate for', 'ratesvc-rates' ),
			'values' => [
				'1'    => __( 'one unit', 'ratesvc-rates' ),
				'auto' => __( 'automatic', 'ratesvc-rates' ),
			],
		],
		'digits'      => [
			'label'  => __( 'Digits', 'ratesvc-rates' ),
			'values' => [
				'site'    => __( 'five decimals', 'ratesvc-rates' ),
				'precise' => __( 'six significant', 'ratesvc-rates' ),
			],
		],
		'sign'        => [
			'label'  => __( 'Sign', 'ratesvc-rates' ),
			'values' => [
				'minus'  => __( 'on losses', 'ratesvc-rates' ),
				'always' => __( 'on both', 'ratesvc-rates' ),
			],
		],
		'change'      => [
			'label'  => __( 'Change', 'ratesvc-rates' ),
			'values' => [
				'percent'  => __( 'in percent', 'ratesvc-rates' ),
				'absolute' => __( 'in units', 'ratesvc-rates' ),
				'both'     => __( 'both', 'ratesvc-rates' ),
			],
		],
		'unconfirmed' => [
			'label'  => __( 'Not yet confirmed', 'ratesvc-rates' ),
			'values' => [
				'hide' => __( 'keep old rate', 'ratesvc-rates' ),
				'show' => __( 'show new rate', 'ratesvc-rates' ),
			],
		],
		'theme'       => [
			'label'  => __( 'My site is', 'ratesvc-rates' ),
			'values' => [
				'auto'  => __( 'light and dark', 'ratesvc-rates' ),
				'light' => __( 'always light', 'ratesvc-rates' ),
				'dark'  => __( 'always dark', 'ratesvc-rates' ),
			],
		],
		'speed'       => [ 'label' => __( 'Speed, pixels a second', 'ratesvc-rates' ) ],
		'fontsize'    => [ 'label' => __( 'Font size, pixels', 'ratesvc-rates' ) ],
		'labels'      => [
			'label' => __( 'Your names', 'ratesvc-rates' ),
			'help'  => __( 'For currencies or pairs, such as KGS:Som,USD/KZT:Dollar.', 'ratesvc-rates' ),
		],
		'sources'     => [
			'label'  => __( 'Sources', 'ratesvc-rates' ),
			'values' => [
				'line' => __( 'named after the rates', 'ratesvc-rates' ),
				'info' => __( 'behind a small “i”', 'ratesvc-rates' ),
			],
		],
		'layout'      => [
			'label'  => __( 'Layout', 'ratesvc-rates' ),
			'values' => [
				'tape' => __( 'a line that moves', 'ratesvc-rates' ),
				'list' => __( 'list', 'ratesvc-rates' ),
				'grid' => __( 'grid', 'ratesvc-rates' ),
			],
		],
		'link'        => [
			'label' => __( 'A click leads to', 'ratesvc-rates' ),
			'help'  => __( 'Write currency for its page at the service, or an address of yours with {code}. Empty: nowhere.', 'ratesvc-rates' ),
		],
		'pin'         => [
			'label' => __( 'Freeze at the version', 'ratesvc-rates' ),
			'help'  => __( 'The page /embed of the service names it. Empty: the values follow the newest version.', 'ratesvc-rates' ),
		],
	];
}
